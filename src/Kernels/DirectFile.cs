// A file that memory has no room for, read past the system's cache.
//
//   Expect ──► queue ──► two threads, each a block at a time ──► aligned memory ──► Read copies out of it
//
// What passes through the cache costs a copy by the system, and there the search for pages to give up: 0.5 s for a GB, beside 0.06 s
// without it and 0.1 s for a copy of our own. Such reads begin and end at multiples of 4096 bytes, in the file and in memory. The
// system foresees nothing for them, so that a block is fetched when it is expected; what was not expected, and whatever could not be
// read so, is read as any file.
//
// A request to a disk lists the pieces of memory that it fills, and may list few (254 of 4096 bytes are 1 MB). Memory in pages of
// 2 MB makes a block one request: 3.4 GB/s, beside 1.3 (bench/NOTES.md).

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace LinearNets.Kernels;

internal sealed unsafe class DirectFile : ByteSource
{
    private const int Unit = 4096;

    /// <summary>With one, the disk is idle while a block is handed over; with four, blocks of 4 MB were not read faster.</summary>
    private const int Threads = 2;

    private readonly ByteSource file;
    private readonly SafeFileHandle? direct;
    private readonly BlockingCollection<Block> queue = [];
    private readonly List<Block> expected = [];
    private readonly Stack<Memory> free = [];
    private readonly List<Thread> threads = [];

    internal DirectFile(string path, ByteSource file)
    {
        this.file = file;
        direct = TryOpen(path);
    }

    public override long Length => file.Length;

    /// <summary>Begins to fetch bytes, which are then to be read once, from the first to the last.</summary>
    public override void Expect(long at, long length)
    {
        if (direct is null || length > Array.MaxLength - (2 * Unit))
        {
            file.Expect(at, length);
            return;
        }

        while (threads.Count < Threads)
        {
            var thread = new Thread(Fetch) { IsBackground = true, Name = "LinearNets disk" };
            thread.Start();
            threads.Add(thread);
        }

        long start = at / Unit * Unit;
        var room = (nuint)Multiple(at + length - start);
        if (!free.TryPop(out Memory? memory) || memory.Length < room)
        {
            memory?.Dispose();
            memory = new Memory(room);
        }

        var block = new Block(start, at + length, memory);
        expected.Add(block);
        queue.Add(block);
    }

    public override void Read(long at, Span<byte> into)
    {
        while (into.Length > 0)
        {
            int i = expected.FindIndex(block => block.Start <= at && at < block.End);
            if (i < 0)
            {
                file.Read(at, into);
                return;
            }

            Block block = expected[i];
            int count = (int)Math.Min(into.Length, block.End - at);
            block.Done.Wait();
            if (at + count <= block.Filled)
                new ReadOnlySpan<byte>(block.Memory.Bytes + (at - block.Start), count).CopyTo(into);
            else
                file.Read(at, into[..count]);
            at += count;
            into = into[count..];
            if (at == block.End)
            {
                expected.RemoveAt(i);
                free.Push(block.Memory);
            }
        }
    }

    public override void Dispose()
    {
        // What is queued still is not worth waiting for.
        while (queue.TryTake(out _))
        {
        }

        queue.CompleteAdding();
        foreach (Thread thread in threads)
            thread.Join();
        foreach (Block block in expected)
            block.Memory.Dispose();
        foreach (Memory memory in free)
            memory.Dispose();
        queue.Dispose();
        direct?.Dispose();
        file.Dispose();
    }

    private static long Multiple(long length) => (length + Unit - 1) / Unit * Unit;

    /// <summary>Fills blocks as far as the file has bytes and can be read.</summary>
    private void Fetch()
    {
        foreach (Block block in queue.GetConsumingEnumerable())
        {
            try
            {
                // A read that ends between multiples has come to the end of the file.
                for (int read = Unit; read > 0 && read % Unit == 0 && block.Filled < block.End; block.Filled += read)
                {
                    byte* to = block.Memory.Bytes + (block.Filled - block.Start);
                    read = RandomAccess.Read(direct!, new Span<byte>(to, (int)Multiple(block.End - block.Filled)), block.Filled);
                }
            }
            catch (IOException)
            {
                // Whoever asks for the bytes reads them the other way, and gets to know what is wrong.
            }

            block.Done.Set();
        }
    }

    /// <summary>Nothing where the system or the place of the file knows no such reading.</summary>
    private static SafeFileHandle? TryOpen(string path)
    {
        const int SetFlags = 4;
        int flag = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 0x4000,
            Architecture.Arm64 => 0x10000,
            _ => 0,
        };
        if (!OperatingSystem.IsLinux() || flag == 0)
            return null;
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (Control(handle, SetFlags, flag) == 0)
            return handle;
        handle.Dispose();
        return null;
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(SafeFileHandle file, int command, nint argument);

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(byte* memory, nuint length, int advice);

    private sealed class Memory : IDisposable
    {
        internal Memory(nuint length)
        {
            const int LongPages = 14;
            const nuint Page = 2 << 20;
            Length = (length + Page - 1) / Page * Page;
            Bytes = (byte*)NativeMemory.AlignedAlloc(Length, Page);

            // Where the system has no long pages, nothing is lost but time.
            _ = Advise(Bytes, Length, LongPages);
        }

        public byte* Bytes { get; }

        public nuint Length { get; }

        public void Dispose() => NativeMemory.AlignedFree(Bytes);
    }

    /// <summary>Bytes that are expected, from a multiple on.</summary>
    private sealed class Block(long start, long end, Memory memory)
    {
        public long Start { get; } = start;

        public long End => end;

        public Memory Memory => memory;

        /// <summary>How far they are there.</summary>
        public long Filled { get; set; } = start;

        public ManualResetEventSlim Done { get; } = new();
    }
}
