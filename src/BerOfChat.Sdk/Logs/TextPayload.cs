using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using BerOfChat.Formats;
using MessagePack;

namespace BerOfChat.Logs;

/// <summary>The clear form of MESSAGE and TITLE: a MessagePack array with the text, then zeros to a multiple of 64 bytes.</summary>
internal static class TextPayload
{
    /// <summary>Texts are padded to a multiple of this.</summary>
    public const int Bucket = 64;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Encode(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(1);
        writer.WriteString(s_utf8.GetBytes(text));
        writer.Flush();
        byte[] padded = new byte[(buffer.WrittenCount + Bucket - 1) / Bucket * Bucket];
        buffer.WrittenSpan.CopyTo(padded);
        return padded;
    }

    /// <summary>Reads the text. False when it is malformed or longer than <paramref name="maxSize"/> bytes of UTF-8.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> source, int maxSize, [NotNullWhen(true)] out string? text)
    {
        text = null;
        try
        {
            var reader = new MessagePackReader(source);
            if (reader.ReadArrayHeader() < 1 || reader.ReadStringSequence() is not { } bytes || bytes.Length > maxSize) return false;
            text = s_utf8.GetString(bytes);
            return true;
        }
        catch (Exception e) when (MessagePackErrors.IsMalformed(e))
        {
            return false;
        }
    }
}
