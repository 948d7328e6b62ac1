using System.Text.Json;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>The values in Vectors/signaling.json.</summary>
internal static class SignalingVectors
{
    private static readonly JsonElement s_root = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "signaling.json"))).RootElement;

    public static string Text(string name) => s_root.GetProperty(name).GetString()!;

    public static byte[] Hex(string name) => Convert.FromHexString(Text(name));

    public static byte[] Base64(string name) => Convert.FromBase64String(Text(name));

    public static uint Number(string name) => s_root.GetProperty(name).GetUInt32();
}
