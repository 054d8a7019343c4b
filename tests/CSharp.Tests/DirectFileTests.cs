using System;
using System.IO;
using System.Linq;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>A file read past the system's cache has the bytes that it has.</summary>
[TestFixture]
internal sealed class DirectFileTests
{
    private const int Length = (3 << 20) + 12345;

    private string path = "";
    private byte[] bytes = [];

    [SetUp]
    public void Write()
    {
        path = Path.GetTempFileName();
        bytes = new byte[Length];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
    }

    [TearDown]
    public void Remove() => File.Delete(path);

    [TestCase(1)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(100_000)]
    [TestCase(Length)]
    public void Blocks_that_are_expected_in_any_order(int block)
    {
        var random = new Random(block);
        int[] places = [.. Enumerable.Range(0, Math.Min(40, ((Length - 1) / block) + 1)).Select(i => i * block)];
        random.Shuffle(places);
        // The last block, which ends where the file does, is one of them.
        places[0] = (Length - 1) / block * block;
        using ByteSource source = ByteSource.PastCache(path);
        int ahead = Math.Min(5, places.Length);
        for (int i = 0; i < ahead; i++)
            source.Expect(places[i], LengthOf(places[i]));
        for (int i = 0; i < places.Length; i++)
        {
            int at = places[i], end = at + LengthOf(at);
            while (at < end)
            {
                byte[] piece = new byte[Math.Min(end - at, random.Next(1, 70_000))];
                source.Read(at, piece);
                Assert.That(piece.AsSpan().SequenceEqual(bytes.AsSpan(at, piece.Length)), $"{piece.Length} from {at} on");
                at += piece.Length;
            }

            if (i + ahead < places.Length)
                source.Expect(places[i + ahead], LengthOf(places[i + ahead]));
        }

        int LengthOf(int at) => Math.Min(block, Length - at);
    }

    [Test]
    public void What_was_not_expected()
    {
        using ByteSource source = ByteSource.PastCache(path);
        source.Expect(10_000, 5_000);
        source.Expect(2_000_000, 300_000);
        // Before, across and beyond what was; the second block is never asked for.
        foreach ((int at, int length) in new[] { (0, 9_000), (14_000, 10_000), (9_990, 20), (Length - 7, 7) })
        {
            byte[] piece = new byte[length];
            source.Read(at, piece);
            Assert.That(piece, Is.EqualTo(bytes[at..(at + length)]));
        }
    }

    [Test]
    public void A_file_that_shrinks()
    {
        using ByteSource source = ByteSource.PastCache(path);
        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(1_000_000);
        source.Expect(900_000, 200_000);
        byte[] piece = new byte[50_000];
        source.Read(900_000, piece);
        Assert.That(piece, Is.EqualTo(bytes[900_000..950_000]));
        source.Read(950_000, piece);
        Assert.That(
            () => source.Read(1_000_000, piece),
            Throws.TypeOf<EndOfStreamException>().With.Message.EqualTo($"It had {Length} bytes and now ends after 1000000."));
    }
}
