using BerOfChat.Sessions.Noise;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

/// <summary>The patterns of the vectors, most of which the product does not use, with their psk modifiers applied.</summary>
internal static class NoisePatterns
{
    private static readonly Dictionary<string, (bool Initiator, bool Responder, string[] Messages)> s_patterns = new()
    {
        ["NN"] = (false, false, ["e", "e ee"]),
        ["KK"] = (true, true, ["e es ss", "e ee se"]),
        ["KK1"] = (true, true, ["e", "e ee se es"]),
        ["IK"] = (false, true, ["e es s ss", "e ee se"]),
        ["IK1"] = (false, true, ["e s", "e ee se es"]),
        ["XX"] = (false, false, ["e", "e ee s es", "s se"]),
        ["XX1"] = (false, false, ["e", "e ee s", "es s se"]),
    };

    /// <summary>Builds a pattern from its name: <c>pskN</c> stands before the first message for N = 0, else after message N.</summary>
    public static NoisePattern Build(string name)
    {
        int modifiers = name.IndexOf("psk", StringComparison.Ordinal);
        (bool initiator, bool responder, string[] texts) = s_patterns[modifiers < 0 ? name : name[..modifiers]];
        NoiseToken[][] messages = [.. texts.Select(text => text.Split(' ').Select(token => Enum.Parse<NoiseToken>(token, ignoreCase: true)).ToArray())];
        foreach (string modifier in modifiers < 0 ? [] : name[modifiers..].Split('+'))
        {
            int place = int.Parse(modifier["psk".Length..], null);
            if (place == 0)
                messages[0] = [NoiseToken.Psk, .. messages[0]];
            else
                messages[place - 1] = [.. messages[place - 1], NoiseToken.Psk];
        }

        return new NoisePattern(name, messages) { IsInitiatorKnown = initiator, IsResponderKnown = responder };
    }
}
