// The checksum of gzip and zip: bits are the coefficients of a polynomial over {0, 1}, the lowest bit of a byte the highest
// power, and the checksum is the remainder by x³² + x²⁶ + x²³ + x²² + x¹⁶ + x¹² + x¹¹ + x¹⁰ + x⁸ + x⁷ + x⁵ + x⁴ + x² + x + 1,
// begun and ended with all bits turned.
//
// Eight bytes at a time: table k has the remainders of a byte followed by k bytes of zeros, and remainders add up by xor.

using System;
using System.Buffers.Binary;

namespace LinearNets.Kernels;

internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Step = 8;
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of bytes that follow others; 0 is that of none.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> tables = Tables;
        uint rest = ~checksum;
        while (bytes.Length >= Step)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ rest;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            rest = tables[7 * 256 + (byte)low] ^ tables[6 * 256 + (byte)(low >> 8)]
                ^ tables[5 * 256 + (byte)(low >> 16)] ^ tables[4 * 256 + (int)(low >> 24)]
                ^ tables[3 * 256 + (byte)high] ^ tables[2 * 256 + (byte)(high >> 8)]
                ^ tables[256 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
            bytes = bytes[Step..];
        }

        foreach (byte value in bytes)
            rest = tables[(byte)(rest ^ value)] ^ (rest >> 8);
        return ~rest;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Step * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint rest = value;
            for (int bit = 0; bit < 8; bit++)
                rest = (rest & 1) == 0 ? rest >> 1 : Polynomial ^ (rest >> 1);
            tables[value] = rest;
        }

        for (int at = 256; at < tables.Length; at++)
            tables[at] = tables[(byte)tables[at - 256]] ^ (tables[at - 256] >> 8);
        return tables;
    }
}
