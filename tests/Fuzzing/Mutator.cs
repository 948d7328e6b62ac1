using System.Buffers.Binary;

namespace BerOfChat.Fuzzing;

/// <summary>Makes new inputs of old ones.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> words, int maxLength)
{
    private static readonly byte[] s_edges = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 223, 224, 254, 255];

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        List<byte> input = [.. corpus[random.Next(corpus.Count)]];
        for (int i = 1 << random.Next(4); i > 0; i--) MutateOnce(input, corpus);
        if (input.Count > maxLength) input.RemoveRange(maxLength, input.Count - maxLength);
        return [.. input];
    }

    private void MutateOnce(List<byte> input, IReadOnlyList<byte[]> corpus)
    {
        if (input.Count == 0)
        {
            input.Add((byte)random.Next(256));
            return;
        }

        int at = random.Next(input.Count);
        int length = 1 + random.Next(Math.Min(input.Count - at, 1 << random.Next(8)));
        switch (random.Next(11))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                input[at] = (byte)random.Next(256);
                break;
            case 2:
                input[at] = s_edges[random.Next(s_edges.Length)];
                break;
            case 3:
                input[at] = unchecked((byte)(input[at] + random.Next(-8, 9)));
                break;
            case 4 when input.Count - at >= sizeof(ushort):
                Write16(input, at, random.Next(3) == 0 ? input.Count + random.Next(-4, 5) : s_edges[random.Next(s_edges.Length)] * (random.Next(2) == 0 ? 1 : 257));
                break;
            case 5:
                input.RemoveRange(at, length);
                break;
            case 6:
                input.InsertRange(at, [.. input.GetRange(at, length)]);
                break;
            case 7:
                byte[] random16 = new byte[1 + random.Next(16)];
                random.NextBytes(random16);
                input.InsertRange(at, random16);
                break;
            case 8:
                byte[] other = corpus[random.Next(corpus.Count)];
                if (other.Length == 0) break;
                int from = random.Next(other.Length);
                ReadOnlySpan<byte> part = other.AsSpan(from, 1 + random.Next(other.Length - from));
                if (random.Next(2) == 0) input.InsertRange(at, part.ToArray());
                else Overwrite(input, at, part);
                break;
            case 9 when words.Count > 0:
                byte[] word = words[random.Next(words.Count)];
                if (random.Next(2) == 0) input.InsertRange(at, word);
                else Overwrite(input, at, word);
                break;
            default:
                input.RemoveRange(at, input.Count - at);
                break;
        }
    }

    private static void Overwrite(List<byte> input, int at, ReadOnlySpan<byte> part)
    {
        for (int i = 0; i < part.Length && at + i < input.Count; i++) input[at + i] = part[i];
    }

    private static void Write16(List<byte> input, int at, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, unchecked((ushort)value));
        Overwrite(input, at, bytes);
    }
}
