using System.Net;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>Where the sender's process and this one are in the network.</summary>
/// <param name="Address">The sender's address.</param>
/// <param name="ReceiverAddress">This process's.</param>
/// <param name="Launcher">A program that starts it, with its arguments; for instance one that enters another network namespace first.</param>
internal sealed record SecondProcess(IPAddress Address, IPAddress ReceiverAddress, IReadOnlyList<string> Launcher);
