using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>Which end of a span lies at a page that is not there.</summary>
internal enum Edge
{
    Beginning,
    End,
}

/// <summary>
/// Memory between two pages that are not there. Who reads or writes a number too many ends the process, with a stack trace that
/// says who it was: there is no softer way to notice a read.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ReadAndWrite = 1 | 2;
    private const int PrivateAndAnonymous = 2 | 0x20;

    private readonly byte* pages;
    private readonly nuint size;

    /// <summary>Has room for spans of up to so many bytes.</summary>
    public GuardedMemory(long bytes)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("not run: pages are guarded on Linux only");
        nuint page = (nuint)Environment.SystemPageSize;
        size = ((nuint)bytes + page - 1) / page * page;
        pages = Map(null, size + (2 * page), 0, PrivateAndAnonymous, -1, 0);
        Assert.That((nint)pages, Is.Not.EqualTo(-1), "mmap");
        Assert.That(Protect(pages + page, size, ReadAndWrite), Is.Zero, "mprotect");
    }

    /// <summary>A span whose first number is the first of the memory, or whose last is the last of it. The two overlap.</summary>
    public Span<T> At<T>(Edge edge, int length)
        where T : unmanaged
    {
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, size);
        byte* first = pages + Environment.SystemPageSize;
        return new(edge == Edge.Beginning ? first : first + size - bytes, length);
    }

    /// <summary>The numbers, copied to an edge.</summary>
    public Span<T> At<T>(Edge edge, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        Span<T> copy = At<T>(edge, numbers.Length);
        numbers.CopyTo(copy);
        return copy;
    }

    /// <summary>Where a span of guarded, or of pinned, memory begins.</summary>
    public static T* Address<T>(Span<T> span)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));

    public void Dispose()
    {
        if (pages != null)
            _ = Unmap(pages, size + (2 * (nuint)Environment.SystemPageSize));
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
