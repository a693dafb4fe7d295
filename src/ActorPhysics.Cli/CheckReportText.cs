using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorPhysics.Checking;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Cli;

/// <summary>A report for people, and as data.</summary>
internal static class CheckReportText
{
    // More of one kind tell a reader nothing new; the data has them all.
    private const int MaxDrawn = 20;

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Plain(int operations, CheckReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{NameOf(report.Verdict)}: {operations} operations\n");
        foreach (LevelVerdict level in report.Levels)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {level.Level}: {NameOf(level.Verdict)}\n");
        }

        if (report.Details.Find(Value.Of("strongest")) is { } strongest)
        {
            string names = string.Join(", ", strongest.AsList.Select(name => name.AsText));
            text.Append(CultureInfo.InvariantCulture, $"strongest level that holds: {(names.Length > 0 ? names : "none")}\n");
        }

        if (report.Undecided is { } reason)
        {
            text.Append(CultureInfo.InvariantCulture, $"undecided: {reason}\n");
        }

        foreach (Anomaly anomaly in report.Anomalies.Take(MaxDrawn))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{anomaly.Name} (operations invoked at {string.Join(", ", anomaly.Operations)}):\n{anomaly.Drawing}");
        }

        if (report.Anomalies.Length > MaxDrawn)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nand {report.Anomalies.Length - MaxDrawn} more; --json prints all\n");
        }

        return text.ToString();
    }

    public static string Json(string model, int operations, CheckReport report)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteString("verdict", NameOf(report.Verdict));
            json.WriteNumber("operations", operations);
            json.WriteStartObject("levels");
            foreach (LevelVerdict level in report.Levels)
            {
                json.WriteString(level.Level, NameOf(level.Verdict));
            }

            json.WriteEndObject();
            if (report.Undecided is { } reason)
            {
                json.WriteString("undecided", reason);
            }

            json.WriteStartArray("anomalies");
            foreach (Anomaly anomaly in report.Anomalies)
            {
                Write(json, anomaly);
            }

            json.WriteEndArray();
            json.WritePropertyName("details");
            Write(json, report.Details);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, Anomaly anomaly)
    {
        json.WriteStartObject();
        json.WriteString("name", anomaly.Name);
        json.WriteStartArray("operations");
        foreach (EventIndex operation in anomaly.Operations)
        {
            json.WriteNumberValue(operation.Number);
        }

        json.WriteEndArray();
        json.WriteString("drawing", anomaly.Drawing);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Nil:
                json.WriteNullValue();
                break;
            case ValueKind.Boolean:
                json.WriteBooleanValue(value.AsBoolean);
                break;
            case ValueKind.Integer:
                json.WriteNumberValue(value.AsInteger);
                break;
            case ValueKind.Text:
                json.WriteStringValue(value.AsText);
                break;
            case ValueKind.List:
                json.WriteStartArray();
                foreach (Value item in value.AsList)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case ValueKind.Map:
                json.WriteStartObject();
                foreach ((Value key, Value item) in value.AsMap)
                {
                    json.WritePropertyName(key.Kind == ValueKind.Text ? key.AsText : key.ToString());
                    Write(json, item);
                }

                json.WriteEndObject();
                break;
        }
    }

    private static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "holds",
        Verdict.Violated => "violated",
        _ => "undecided",
    };
}
