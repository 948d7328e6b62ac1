using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>A transfer over a <see cref="SharedPath"/>, with both its ends; end A sends as much as it may.</summary>
internal interface IPathFlow
{
    /// <summary>Bytes of payload that have arrived at B.</summary>
    long Delivered { get; }

    MonotonicTime? NextTimeout { get; }

    void Start(MonotonicTime now);

    void Arrive(LinkEnd at, object packet, MonotonicTime now);

    void HandleTimeout(MonotonicTime now);
}
