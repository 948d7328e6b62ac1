namespace BerOfChat.WebRtc.Throughput.Measurement;

/// <summary>What was measured was not what was asked for: a message is missing, changed or late. There is no result then.</summary>
internal sealed class MeasurementException(string message) : Exception(message);
