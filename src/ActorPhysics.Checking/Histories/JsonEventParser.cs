using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace ActorPhysics.Checking.Histories;

/// <summary>Reads an event from a JSON object.</summary>
internal sealed class JsonEventParser : EventParser
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip };

    protected override void ReadFields(ReadOnlySpan<byte> form, ref EventFields fields)
    {
        var reader = new Utf8JsonReader(form, Options);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadField(ref reader, ref fields);
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A text whose escapes are no text, such as half a surrogate pair, is an invalid operation to the reader. Its message tells line and byte within the form; the caller adds the line of the file.
            throw new MalformedFormException("not JSON: " + malformed.Message);
        }
    }

    private void ReadField(ref Utf8JsonReader reader, ref EventFields fields)
    {
        if (reader.ValueTextEquals("value"u8))
        {
            fields.Value = Next(ref reader);
        }
        else if (reader.ValueTextEquals("process"u8))
        {
            fields.Process = Next(ref reader);
        }
        else if (reader.ValueTextEquals("type"u8))
        {
            fields.Type = Next(ref reader);
        }
        else if (reader.ValueTextEquals("f"u8))
        {
            fields.Function = Next(ref reader);
        }
        else if (reader.ValueTextEquals("key"u8))
        {
            fields.Key = Next(ref reader);
        }
        else if (reader.ValueTextEquals("index"u8))
        {
            fields.Index = Next(ref reader);
        }
        else if (reader.ValueTextEquals("time"u8))
        {
            fields.Time = Next(ref reader);
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private Value Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Current(ref reader);
    }

    private Value Current(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return Value.Nil;
            case JsonTokenType.True or JsonTokenType.False:
                return Value.Of(reader.TokenType == JsonTokenType.True);
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long number) ? Value.Of(number) : Value.Of(Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.String:
                return Value.Of(TextOf(ref reader));
            case JsonTokenType.StartArray:
                var items = ImmutableArray.CreateBuilder<Value>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Current(ref reader));
                }

                return Value.List(items.DrainToImmutable());
            default:
                var entries = new List<KeyValuePair<Value, Value>>();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    Value key = Value.Of(TextOf(ref reader));
                    entries.Add(new(key, Next(ref reader)));
                }

                return Value.Map(entries.ToArray());
        }
    }

    private string TextOf(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped || reader.HasValueSequence ? reader.GetString()! : Texts.Get(reader.ValueSpan);
}
