// The threads of the process that help with loops, one set for everybody.
//
// Whoever wants help leases them all for the time of one call; a second caller meanwhile, and a part that asks for help itself,
// do their parts alone. Parts are fixed before, so that what is computed does not depend on who computes it.
//
// Between two calls a worker spins for a moment, because the next minibatch is microseconds away, and then sleeps, because
// on a busy machine a spinning thread takes the processor from the one it waits for.
//
//   ticket = (call, helpers, parts left): a part is taken by taking one off, which succeeds only in the same call.

using System;
using System.Threading;

namespace LinearNets.Kernels;

/// <summary>Work in parts that may be done in any order and by any thread.</summary>
internal interface IParts
{
    /// <summary>Does a part; <paramref name="worker"/> is below the number of threads, and no two parts have it at once.</summary>
    void Do(int part, int worker);
}

internal static class Workers
{
    /// <summary>The most threads that a call may use, itself included.</summary>
    internal const int MostThreads = 255;

    private const int PartBits = 24;
    private const long PartMask = (1L << PartBits) - 1;
    private const int HelperBits = 8;
    private const long HelperMask = (1L << HelperBits) - 1;
    private const int CallShift = PartBits + HelperBits;

    // About 50 microseconds: longer than the serial part of a step, shorter than anybody's patience.
    private const int Spins = 1000;

    private static readonly Thread?[] Threads = new Thread?[MostThreads];
    private static readonly SemaphoreSlim[] Wake = NoneAwake();

    // 1 for each thread that sleeps or is about to.
    private static readonly int[] Sleeping = new int[MostThreads];
    private static readonly Lock Starting = new();

    private static int leased;
    private static long ticket;
    private static int pending;
    private static int parts;
    private static IParts? work;
    private static Exception? failure;

    /// <summary>The threads that are used where nobody says how many.</summary>
    internal static int Usual { get; } = Math.Min(Environment.ProcessorCount, MostThreads);

    /// <summary>Does all parts, with up to so many threads.</summary>
    internal static void Run(IParts work, int parts, int threads)
    {
        int helpers = Math.Min(Math.Min(threads, MostThreads), parts) - 1;
        if (helpers < 1 || parts > PartMask || Interlocked.CompareExchange(ref leased, 1, 0) != 0)
        {
            for (int part = 0; part < parts; part++)
                work.Do(part, 0);
            return;
        }

        try
        {
            Start(helpers);
            Workers.work = work;
            Workers.parts = parts;
            pending = parts;
            failure = null;
            long call = (ticket >> CallShift) + 1;
            Volatile.Write(ref ticket, (call << CallShift) | ((long)helpers << PartBits) | (uint)parts);
            Interlocked.MemoryBarrier();
            for (int i = 0; i < helpers; i++)
            {
                if (Interlocked.Exchange(ref Sleeping[i], 0) == 1)
                    Wake[i].Release();
            }

            while (Take(0))
            {
            }

            var wait = default(SpinWait);
            while (Volatile.Read(ref pending) > 0)
                wait.SpinOnce(sleep1Threshold: -1);
            Workers.work = null;
            if (failure is not null)
                throw new AggregateException(failure);
        }
        finally
        {
            Volatile.Write(ref leased, 0);
        }
    }

    /// <summary>Takes a part of the call under way and does it; false if there is none left for this worker.</summary>
    private static bool Take(int worker)
    {
        while (true)
        {
            long seen = Volatile.Read(ref ticket);
            long left = seen & PartMask;
            if (left == 0 || worker > ((seen >> PartBits) & HelperMask))
                return false;
            if (Interlocked.CompareExchange(ref ticket, seen - 1, seen) != seen)
                continue;
            // From here to the decrement the call cannot end, so its fields are this call's.
            try
            {
                work!.Do(parts - (int)left, worker);
            }
            catch (Exception e)
            {
                failure = e;
            }

            Interlocked.Decrement(ref pending);
            return true;
        }
    }

    private static SemaphoreSlim[] NoneAwake()
    {
        var wake = new SemaphoreSlim[MostThreads];
        for (int i = 0; i < wake.Length; i++)
            wake[i] = new SemaphoreSlim(0);
        return wake;
    }

    private static void Start(int helpers)
    {
        if (Threads[helpers - 1] is not null)
            return;
        lock (Starting)
        {
            for (int i = 0; i < helpers; i++)
            {
                if (Threads[i] is not null)
                    continue;
                int worker = i + 1;
                var thread = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"LinearNets {worker}" };
                thread.Start();
                Threads[i] = thread;
            }
        }
    }

    private static void Serve(int worker)
    {
        while (true)
        {
            int idle = 0;
            while (idle < Spins)
            {
                if (Take(worker))
                {
                    idle = 0;
                }
                else
                {
                    idle++;
                    Thread.SpinWait(10);
                }
            }

            Interlocked.Exchange(ref Sleeping[worker - 1], 1);
            // What was called for before this thread counted as asleep is not slept through.
            if (!Take(worker))
                Wake[worker - 1].Wait();
            Volatile.Write(ref Sleeping[worker - 1], 0);
        }
    }
}
