using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>What holds for the answers of both kinds of proxies.</summary>
internal static class ProxyTargets
{
    private static readonly byte[] s_request = new byte[ProxyHandshake.MaxRequestSize];

    public static int Run(Func<IProxyHandshake> create, ReadOnlySpan<byte> input)
    {
        IProxyHandshake bytewise = create(), inHalves = create();
        int read = 0;
        foreach (byte b in input)
        {
            Ask(bytewise);
            read += bytewise.Handle([b]);
        }

        if (bytewise.IsEstablished && bytewise.Failure is not null) throw new InvalidOperationException("It is both established and refused.");
        if (bytewise.Failure is null && !bytewise.IsEstablished && read != input.Length) throw new InvalidOperationException("It has lost bytes that it waits for.");

        // A proxy that speaks before it is asked is refused, so a piece may end what single bytes do not; but never the other way round.
        Ask(inHalves);
        int half = inHalves.Handle(input[..(input.Length / 2)]);
        Ask(inHalves);
        inHalves.Handle(input[half..]);
        if (inHalves.IsEstablished && !bytewise.IsEstablished) throw new InvalidOperationException("It depends on the pieces whether it is established.");
        return HashCode.Combine(bytewise.IsEstablished, bytewise.Failure?.Kind, bytewise.Failure?.Code is > 0, inHalves.Failure?.Kind);
    }

    private static void Ask(IProxyHandshake handshake)
    {
        while (handshake.Write(s_request) > 0)
        {
        }
    }
}
