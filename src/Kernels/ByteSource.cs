// Bytes that are read by their place: of a file, or of memory.
//
// A file is read by position into buffers, not mapped: one that is mapped and shrinks ends the process. One that memory has no
// room for is read past the system's cache (DirectFile.cs).

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace LinearNets.Kernels;

internal abstract class ByteSource : IDisposable
{
    /// <summary>How many bytes there were when it was opened.</summary>
    public abstract long Length { get; }

    /// <summary>A file, which others may write or delete meanwhile.</summary>
    public static ByteSource OfFile(string path)
    {
        var file = new FileSource(path);
        return file.Length > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes ? new DirectFile(path, file) : file;
    }

    /// <summary>A file read as one that memory has no room for.</summary>
    internal static ByteSource PastCache(string path) => new DirectFile(path, new FileSource(path));

    /// <summary>The same bytes as far as a place; whoever has these disposes of them.</summary>
    public ByteSource Before(long end) => new PartSource(this, end, CancellationToken.None);

    /// <summary>The same bytes, of which none is read once the token is cancelled; whoever has these disposes of them.</summary>
    public ByteSource Until(CancellationToken cancellation) => new PartSource(this, Length, cancellation);

    public static ByteSource OfMemory(ReadOnlyMemory<byte> bytes) => new MemorySource(bytes);

    /// <summary>Fills the span with the bytes from a place on.</summary>
    /// <exception cref="EndOfStreamException">There are not as many: the file has shrunk.</exception>
    public abstract void Read(long at, Span<byte> into);

    /// <summary>Says which bytes will be asked for soon, so that they may be fetched meanwhile.</summary>
    public virtual void Expect(long at, long length)
    {
    }

    public abstract void Dispose();

    private sealed class FileSource : ByteSource
    {
        private readonly SafeFileHandle file;

        internal FileSource(string path)
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Length = RandomAccess.GetLength(file);
        }

        public override long Length { get; }

        public override void Read(long at, Span<byte> into)
        {
            while (into.Length > 0)
            {
                int count = RandomAccess.Read(file, into, at);
                if (count == 0)
                    throw new EndOfStreamException($"It had {Length} bytes and now ends after {at}.");
                at += count;
                into = into[count..];
            }
        }

        // The system foresees what follows, not what another order asks for. Where it takes no advice, nothing is lost but time.
        public override void Expect(long at, long length)
        {
            const int WillNeed = 3;
            if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
                _ = Advise(file, at, length, WillNeed);
        }

        public override void Dispose() => file.Dispose();

        [DllImport("libc", EntryPoint = "posix_fadvise")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Advise(SafeFileHandle file, long at, long length, int advice);
    }

    private sealed class PartSource(ByteSource source, long end, CancellationToken cancellation) : ByteSource
    {
        public override long Length => end;

        public override void Read(long at, Span<byte> into)
        {
            cancellation.ThrowIfCancellationRequested();
            source.Read(at, into);
        }

        public override void Dispose()
        {
        }
    }

    private sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override void Read(long at, Span<byte> into) => bytes.Span.Slice((int)at, into.Length).CopyTo(into);

        public override void Dispose()
        {
        }
    }
}
