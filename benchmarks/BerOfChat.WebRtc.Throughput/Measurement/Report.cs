using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BerOfChat.WebRtc.Throughput.Measurement;

/// <summary>The figures of one run, in order.</summary>
internal sealed class Report(string verb)
{
    private readonly List<(string Name, decimal Value, string Meaning)> _figures = [];

    /// <summary>Adds a figure, rounded to so many digits after the point.</summary>
    /// <param name="name">Its name in JSON, which ends in its unit where it has one.</param>
    /// <param name="value">The figure.</param>
    /// <param name="digits">Digits after the point.</param>
    /// <param name="meaning">What it is, for people.</param>
    public Report Add(string name, double value, int digits, string meaning)
    {
        if (!double.IsFinite(value)) throw new MeasurementException($"There is no figure for {name}: too little happened while it was measured.");
        _figures.Add((name, Math.Round((decimal)value, digits), meaning));
        return this;
    }

    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("verb", verb);
            foreach ((string name, decimal value, _) in _figures) writer.WriteNumber(name, value);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public string ToText() => string.Join(Environment.NewLine, _figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Value,15:#,0.###}  {f.Meaning}")));
}
