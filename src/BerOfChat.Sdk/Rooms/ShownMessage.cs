using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>A message that a person can read.</summary>
/// <param name="Position">Its place in the order in which this replica showed messages, from 1.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Author">The account that wrote it.</param>
/// <param name="Order">With the log and the sequence number, its place in the order that all replicas share.</param>
/// <param name="Text">What it says.</param>
/// <param name="Arrival">When this device showed it first, unix milliseconds.</param>
/// <param name="IsExposed">Whether somebody who was no member any more has its key.</param>
internal sealed record ShownMessage(ulong Position, LogEntry Entry, Bytes32 Author, ulong Order, string Text, ulong Arrival, bool IsExposed);
