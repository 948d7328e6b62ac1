using System.Globalization;
using BerOfChat;

namespace ConsoleChat;

/// <summary>A member of the room, and how it is connected.</summary>
/// <param name="Member">Who.</param>
/// <param name="Connection">The session with it; null without one.</param>
internal sealed record Attendee(RoomMember Member, PeerConnectionInfo? Connection)
{
    public static IReadOnlyList<Attendee> Of(BerOfChatClient client, Room room)
    {
        IReadOnlyList<PeerConnectionInfo> connections = client.GetConnections();
        return [.. room.Members.Select(member => new Attendee(member, connections.FirstOrDefault(connection => connection.Peer.Id == member.Id)))];
    }

    public static string NameOf(RoomRole role) => role == RoomRole.Admin ? "admin" : "member";

    /// <summary>For people.</summary>
    public string Text => (Member.IsSelf, Connection) switch
    {
        (true, _) => "you",
        (false, null) => "away",
        (false, { Statistics: var session }) =>
            $"here, {session.Link.LocalCandidateType} to {session.Link.RemoteCandidateType}"
            + ((session.RoundTripTime ?? session.Link.RoundTripTime) is { } time ? string.Create(CultureInfo.InvariantCulture, $", {time.TotalMilliseconds:0.0} ms") : "")
            + $", {session.Link.CipherSuite}",
    };
}
