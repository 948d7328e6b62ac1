using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>How datagrams pass between a socket and memory. What the network refuses is a lost datagram, never an error.</summary>
internal interface IDatagramSocket : IDisposable
{
    Socket Socket { get; }

    /// <summary>Receives what is there: one datagram, or several of one sender in a row.</summary>
    /// <param name="buffer">Room for the largest datagram.</param>
    /// <param name="length">How much came.</param>
    /// <param name="segment">The size of each datagram but the last, which may be shorter.</param>
    /// <param name="source">Whose it is.</param>
    /// <returns>False when nothing is there.</returns>
    bool TryReceive(Span<byte> buffer, out int length, out int segment, out TransportAddress source);

    /// <summary>Sends datagrams of one size, of which the last may be shorter.</summary>
    void Send(ReadOnlySpan<byte> datagrams, int segment, TransportAddress target);
}
