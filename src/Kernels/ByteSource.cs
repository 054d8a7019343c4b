// Bytes that are read by their place: of a file, or of memory.
//
// A file is read by position into buffers, not mapped: one that is mapped and shrinks ends the process.

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace LinearNets.Kernels;

internal abstract class ByteSource : IDisposable
{
    /// <summary>How many bytes there were when it was opened.</summary>
    public abstract long Length { get; }

    /// <summary>A file, which others may write or delete meanwhile.</summary>
    public static ByteSource OfFile(string path) => new FileSource(path);

    public static ByteSource OfMemory(ReadOnlyMemory<byte> bytes) => new MemorySource(bytes);

    /// <summary>Fills the span with the bytes from a place on.</summary>
    /// <exception cref="EndOfStreamException">There are not as many: the file has shrunk.</exception>
    public abstract void Read(long at, Span<byte> into);

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

        public override void Dispose() => file.Dispose();
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
