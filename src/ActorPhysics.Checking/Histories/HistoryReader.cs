namespace ActorPhysics.Checking.Histories;

/// <summary>
/// Reads a history event by event from bytes that are fed to it in pieces of any size, so that a file need never be in memory as a whole.
/// Events that no client caused (those whose process is no integer, such as Jepsen's nemesis) are left out. After a fault it reads no more.
/// </summary>
public sealed class HistoryReader
{
    private readonly FormSplitter _splitter;
    private readonly EventParser _parser;
    private long _ordinal;

    public HistoryReader(HistoryFormat format)
    {
        _splitter = new FormSplitter(format);
        _parser = format == HistoryFormat.Edn ? new EdnEventParser() : new JsonEventParser();
    }

    /// <summary>What is wrong with the input, null as long as nothing is.</summary>
    public HistoryFault? Fault { get; private set; }

    /// <summary>The notation that a history's first bytes are in: a JSON object's first name is quoted.</summary>
    public static HistoryFormat Sniff(ReadOnlySpan<byte> beginning)
    {
        int brace = beginning.IndexOf((byte)'{');
        ReadOnlySpan<byte> inside = brace < 0 ? default : beginning[(brace + 1)..].TrimStart(" \t\r\n"u8);
        bool tagged = beginning.IndexOf((byte)'#') is var tag and >= 0 && tag < brace;
        bool keyword = !inside.IsEmpty && inside[0] is not ((byte)'"' or (byte)'}');
        return tagged || keyword ? HistoryFormat.Edn : HistoryFormat.Json;
    }

    /// <summary>Reads a history that is in memory as a whole.</summary>
    /// <param name="events">Those before the fault, if there is one.</param>
    public static bool TryReadAll(ReadOnlySpan<byte> history, HistoryFormat format, out List<OperationEvent> events, out HistoryFault? fault)
    {
        events = [];
        var reader = new HistoryReader(format);
        while (reader.TryRead(ref history, out OperationEvent next))
        {
            events.Add(next);
        }

        fault = reader.End();
        return fault is null;
    }

    /// <summary>Takes the next event off <paramref name="piece"/>; false when the piece is used up, or on a <see cref="Fault"/>.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> piece, out OperationEvent next)
    {
        next = default;
        while (Fault is null)
        {
            if (!_splitter.TryNext(ref piece, out ReadOnlySpan<byte> form, out HistoryFault? fault))
            {
                Fault = fault;
                return false;
            }

            try
            {
                if (_parser.Parse(form, _ordinal++) is { } parsed)
                {
                    next = parsed with { Line = _splitter.FormLine };
                    return true;
                }
            }
            catch (MalformedFormException malformed)
            {
                Fault = new HistoryFault(_splitter.FormLine, malformed.Message);
            }
        }

        return false;
    }

    /// <summary>Says that there are no more bytes.</summary>
    /// <returns>The fault, which may be that the last event is not closed; null where all is well.</returns>
    public HistoryFault? End() => Fault ??= _splitter.End();
}
