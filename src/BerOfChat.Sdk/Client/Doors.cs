using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>This device's doors, its knocking at those of devices that may not know it, and the strangers that have knocked. All members are called under the gate.</summary>
/// <param name="context">The gate and the time.</param>
/// <param name="run">Runs until it ends by itself or the client closes.</param>
/// <param name="stop">Disposes outside of the gate.</param>
/// <param name="changed">Other strangers are waited for in the room now.</param>
internal sealed class Doors(ClientContext context, Action<Func<CancellationToken, Task>> run, Action<IAsyncDisposable> stop, Action<RoomHost> changed)
{
    private readonly Dictionary<RoomId, Entrance> _entrances = [];

    /// <summary>Opens the door of a room, and knocks at those of the devices that are not known to know this one and with which there is no session.</summary>
    public void Refresh(RoomHost room, IReadOnlyList<ISignalingTransport> transports, IReadOnlyCollection<Bytes32> devices, Func<Bytes32, bool> hasSession)
    {
        if (!room.Replica.IsMeeting)
        {
            Close(room.Id);
            return;
        }

        Entrance entrance = Open(room, transports);
        foreach (Bytes32 known in devices) entrance.Strangers.Remove(known);
        HashSet<Bytes32> wanted = [.. devices.Where(device => !hasSession(device) && !room.Replica.IsKnownTo(device))];
        foreach ((Bytes32 device, Knocker knocker) in entrance.Knockers)
        {
            if (wanted.Contains(device)) continue;
            entrance.Knockers.Remove(device);       // allowed while enumerating
            stop(knocker);
        }

        foreach (Bytes32 device in wanted)
        {
            if (entrance.Knockers.ContainsKey(device)) continue;
            var knocker = new Knocker(room.Id, device, context.Identity.Certificate, transports, context.Random, context.TimeProvider, context.Logger);
            entrance.Knockers.Add(device, knocker);
            run(knocker.RunAsync);
        }
    }

    /// <summary>The devices that have knocked in a room and are not known there: they are waited for like members.</summary>
    public IReadOnlyCollection<Bytes32> StrangersOf(RoomId room) => _entrances.TryGetValue(room, out Entrance? entrance) ? entrance.Strangers.Devices : [];

    /// <summary>Everything that must be disposed when the client closes.</summary>
    public IEnumerable<IAsyncDisposable> All => _entrances.Values.SelectMany(entrance => entrance.Knockers.Values.Cast<IAsyncDisposable>().Append(entrance.Door));

    private Entrance Open(RoomHost room, IReadOnlyList<ISignalingTransport> transports)
    {
        if (_entrances.TryGetValue(room.Id, out Entrance? open)) return open;
        var door = new Door(room.Id, context.Identity.DeviceAgreement, transports, context.Random, context.TimeProvider, context.Logger);
        var entrance = new Entrance(door);
        _entrances.Add(room.Id, entrance);
        door.Knocked += certificate => OnKnocked(room, entrance, certificate);
        run(door.RunAsync);
        return entrance;
    }

    private void Close(RoomId room)
    {
        if (!_entrances.Remove(room, out Entrance? entrance)) return;
        stop(entrance.Door);
        foreach (Knocker knocker in entrance.Knockers.Values) stop(knocker);
    }

    private void OnKnocked(RoomHost room, Entrance entrance, DeviceCertificate certificate)
    {
        lock (context.Gate)
        {
            Bytes32 device = certificate.DeviceAgreement;
            bool isWelcome = _entrances.ContainsValue(entrance)
                && room.Replica.Membership.EndingOf(certificate.Account) is null
                && room.Replica.Members.All(log => log.Author.Certificate.DeviceAgreement != device);
            bool isNew = !entrance.Strangers.Contains(device);
            if (!isWelcome || !entrance.Strangers.TryAdd(device, context.Now) || !isNew) return;
            changed(room);
            run(stop => ForgetAsync(room, entrance, stop));
        }
    }

    /// <summary>Gives up the strangers whose time is over.</summary>
    private async Task ForgetAsync(RoomHost room, Entrance entrance, CancellationToken closing)
    {
        while (true)
        {
            TimeSpan wait;
            lock (context.Gate)
            {
                int before = entrance.Strangers.Devices.Count;
                entrance.Strangers.HandleTimeout(context.Now);
                if (entrance.Strangers.Devices.Count < before && _entrances.ContainsValue(entrance)) changed(room);
                if (entrance.Strangers.NextTimeout is not { } next) return;
                wait = next - context.Now;
            }

            await Task.Delay(wait > TimeSpan.Zero ? wait + s_step : s_step, context.TimeProvider, closing).ConfigureAwait(false);
        }
    }

    private sealed class Entrance(Door door)
    {
        public Door Door => door;

        public Dictionary<Bytes32, Knocker> Knockers { get; } = [];

        public Strangers Strangers { get; } = new();
    }

    // Timers count in milliseconds and may fire early.
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(1);
}
