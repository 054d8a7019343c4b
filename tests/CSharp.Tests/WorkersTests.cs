using System;
using System.Linq;
using System.Threading;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class WorkersTests
{
    // The tests never ask for more: threads that were started once stay.
    private const int MostThreads = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    [Test]
    public void Every_part_is_done_once()
    {
        for (int threads = 1; threads <= MostThreads; threads++)
        {
            for (int parts = 1; parts <= 50; parts++)
            {
                for (int turn = 0; turn < 20; turn++)
                {
                    var count = new Count(parts, threads);
                    Workers.Run(count, parts, threads);
                    count.AssertDone($"{parts} parts, {threads} threads, turn {turn}");
                }
            }
        }
    }

    [Test]
    public void No_parts_are_no_work([Values(0, 1, 2, 8)] int threads) => Workers.Run(new Work((_, _) => Assert.Fail("a part")), 0, threads);

    [Test]
    public void One_thread_does_all_parts_in_order([Values(-1, 0, 1)] int threads)
    {
        int caller = Environment.CurrentManagedThreadId;
        int next = 0;
        Workers.Run(
            new Work((part, worker) => Assert.That((part, worker, Environment.CurrentManagedThreadId), Is.EqualTo((next++, 0, caller)))), 20, threads);
        Assert.That(next, Is.EqualTo(20));
    }

    [Test]
    public void More_parts_than_fit_a_ticket_are_done_by_the_caller()
    {
        const int Parts = (1 << 24) + 3;
        int done = 0, other = 0;
        Workers.Run(
            new Work((_, worker) =>
            {
                done++;
                other |= worker;
            }),
            Parts,
            4);
        Assert.That((done, other), Is.EqualTo((Parts, 0)));
    }

    [Test]
    public void Threads_help_at_the_same_time([Values(0, 1, 100)] int idle)
    {
        for (int turn = 0; turn < 10; turn++)
        {
            // After a rest they sleep, and have to be woken.
            Thread.Sleep(idle);
            AssertAllMeet();
        }
    }

    [Test]
    public void The_right_threads_are_woken_after_a_call_with_more()
    {
        for (int turn = 0; turn < 10; turn++)
        {
            AssertAllMeet();
            Thread.Sleep(50);
            AssertAllMeet(2);
        }
    }

    /// <summary>Every part waits for all others, which takes as many threads as there are parts.</summary>
    private static void AssertAllMeet(int threads = MostThreads)
    {
        using var barrier = new Barrier(threads);
        int met = 0, seen = 0, missed = 0;
        Workers.Run(
            new Work((_, worker) =>
            {
                Interlocked.Or(ref seen, 1 << worker);
                if (missed == 0 && barrier.SignalAndWait(Patience))
                    Interlocked.Increment(ref met);
                else
                    missed = 1;
            }),
            threads,
            threads);
        Assert.That((met, seen), Is.EqualTo((threads, (1 << threads) - 1)));
    }

    [Test]
    public void A_call_within_a_part_is_done_by_its_thread()
    {
        var outer = new Count(10, 4);
        int inner = 0, elsewhere = 0;
        Workers.Run(
            new Work((part, worker) =>
            {
                outer.Do(part, worker);
                int thread = Environment.CurrentManagedThreadId;
                Workers.Run(
                    new Work((_, innerWorker) =>
                    {
                        Interlocked.Increment(ref inner);
                        if (innerWorker != 0 || Environment.CurrentManagedThreadId != thread)
                            Interlocked.Increment(ref elsewhere);
                    }),
                    7,
                    4);
            }),
            10,
            4);
        outer.AssertDone("outer");
        Assert.That((inner, elsewhere), Is.EqualTo((70, 0)));
        AssertAllMeet();
    }

    [Test]
    public void Callers_do_not_disturb_each_other()
    {
        Exception? wrong = null;
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(caller => new Thread(() =>
        {
            try
            {
                for (int turn = 0; turn < 1000; turn++)
                {
                    int parts = 1 + (((caller * 7) + turn) % 20);
                    var count = new Count(parts, 3);
                    Workers.Run(count, parts, 3);
                    count.AssertDone($"caller {caller}, turn {turn}");
                }
            }
            catch (Exception e)
            {
                wrong = e;
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            Assert.That(caller.Join(8 * Patience), "still at it");
        Assert.That(wrong, Is.Null);
    }

    [Test]
    public void An_exception_reaches_the_caller_and_the_other_parts_are_done([Values(1, 2, 8)] int threads, [Values(0, 5, 9)] int failing)
    {
        for (int turn = 0; turn < 50; turn++)
        {
            int done = 0;
            Exception? caught = Assert.Catch(() => Workers.Run(
                new Work((part, _) =>
                {
                    if (part == failing)
                        throw new InvalidOperationException("part");
                    Interlocked.Increment(ref done);
                }),
                10,
                threads));
            Assert.That(caught is AggregateException all ? all.InnerException : caught, Is.TypeOf<InvalidOperationException>());
            Assert.That(done, Is.EqualTo(threads == 1 ? failing : 9));
            var count = new Count(10, threads);
            Workers.Run(count, 10, threads);
            count.AssertDone("after an exception");
        }
    }

    [Test]
    public void An_exception_in_every_part_leaves_the_threads_working()
    {
        for (int turn = 0; turn < 50; turn++)
            Assert.Throws<AggregateException>(() => Workers.Run(new Work((_, _) => throw new InvalidOperationException("part")), 16, MostThreads));
        AssertAllMeet();
    }

    [Test]
    public void Twenty_thousand_small_calls_come_to_an_end([Values(2, 3, 8)] int threads)
    {
        long sum = 0;
        var work = new Work((part, _) => Interlocked.Add(ref sum, part));
        var caller = new Thread(() =>
        {
            for (int turn = 0; turn < 20_000; turn++)
                Workers.Run(work, 4, threads);
        });
        caller.IsBackground = true;
        caller.Start();
        // It takes a tenth of a second where nobody else wants the processors.
        Assert.That(caller.Join(8 * Patience), "still at it");
        Assert.That(sum, Is.EqualTo(20_000 * 6));
    }

    private sealed class Work(Action<int, int> action) : IParts
    {
        public void Do(int part, int worker) => action(part, worker);
    }

    /// <summary>Counts how often each part is done, and who is given a part while he has one.</summary>
    private sealed class Count(int parts, int threads) : IParts
    {
        private readonly int[] done = new int[parts];
        private readonly int[] busy = new int[threads];
        private int wrong;

        public void Do(int part, int worker)
        {
            if ((uint)worker >= (uint)threads || (uint)part >= (uint)parts || Interlocked.Exchange(ref busy[worker], 1) != 0)
            {
                Interlocked.Increment(ref wrong);
                return;
            }

            Interlocked.Increment(ref done[part]);
            Thread.SpinWait(20);
            Volatile.Write(ref busy[worker], 0);
        }

        public void AssertDone(string about)
        {
            if (wrong != 0 || done.AsSpan().IndexOfAnyExcept(1) >= 0)
                Assert.Fail($"{about}: {string.Join(" ", done)}, {wrong} by a thread that there is not, or that was busy");
        }
    }
}
