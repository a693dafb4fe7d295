namespace ActorPhysics.Checking.Histories;

/// <summary>
/// Cuts a stream of bytes, fed in pieces, into the JSON objects or EDN maps that stand at its top level or in one outer array. It knows only
/// brackets, strings and comments; whether what lies between is well formed is judged by who parses it. Only a form that crosses the end of a
/// piece is copied, so memory is bounded by the longest form, which <see cref="MaxFormBytes"/> bounds.
/// </summary>
internal sealed class FormSplitter(HistoryFormat format)
{
    public const int MaxFormBytes = 64 * 1024 * 1024;

    private enum Mode
    {
        Plain,
        String,
        StringEscape,
        Comment,
        Character,
    }

    private byte[] _carried = [];
    private int _carriedLength;
    private int _line = 1;
    private int _depth;
    private bool _inForm;
    private bool _inArray;
    private Mode _mode;

    /// <summary>The line, from 1, at which the form that was cut last, or is being cut, begins.</summary>
    public int FormLine { get; private set; } = 1;

    /// <summary>Takes the next form off <paramref name="piece"/>; false when it is used up, or when there is a fault.</summary>
    /// <param name="form">Valid until the next call.</param>
    public bool TryNext(ref ReadOnlySpan<byte> piece, out ReadOnlySpan<byte> form, out HistoryFault? fault)
    {
        form = default;
        fault = null;
        int start = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            byte b = piece[i];
            if (b == (byte)'\n')
            {
                _line++;
            }

            if (!_inForm)
            {
                if (!TryOutside(b, out fault))
                {
                    return false;
                }

                start = i;
            }

            if (_inForm && Closes(b))
            {
                form = Whole(piece[start..(i + 1)]);
                piece = piece[(i + 1)..];
                _inForm = false;
                return true;
            }
        }

        if (_inForm && !TryCarry(piece[start..]))
        {
            fault = new HistoryFault(FormLine, $"an event of more than {MaxFormBytes} bytes");
        }

        piece = default;
        return false;
    }

    /// <summary>Whether the input may end here.</summary>
    public HistoryFault? End() =>
        _inForm ? new HistoryFault(FormLine, "the event that begins here is not closed")
        : _inArray ? new HistoryFault(_line, "the array is not closed")
        : null;

    /// <summary>Judges a byte between forms; a byte that begins one sets <c>_inForm</c>.</summary>
    private bool TryOutside(byte b, out HistoryFault? fault)
    {
        fault = null;
        if (_mode == Mode.Comment)
        {
            _mode = b == (byte)'\n' ? Mode.Plain : Mode.Comment;
            return true;
        }

        switch (b)
        {
            // 0xEF 0xBB 0xBF is the byte order mark that some editors put first.
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',':
            case 0xEF or 0xBB or 0xBF when _line == 1:
                return true;
            case (byte)';' when format == HistoryFormat.Edn:
                _mode = Mode.Comment;
                return true;
            case (byte)'[' or (byte)'(' when !_inArray:
                _inArray = true;
                return true;
            case (byte)']' or (byte)')' when _inArray:
                _inArray = false;
                return true;
            case (byte)'{':
            case (byte)'#' when format == HistoryFormat.Edn:
                (_inForm, _depth, _mode, _carriedLength, FormLine) = (true, 0, Mode.Plain, 0, _line);
                return true;
            default:
                fault = new HistoryFault(_line, "an event was expected, that is " + (format == HistoryFormat.Edn ? "a map" : "a JSON object"));
                return false;
        }
    }

    /// <summary>Whether this byte of a form is its last.</summary>
    private bool Closes(byte b)
    {
        switch (_mode)
        {
            case Mode.String:
                _mode = b == (byte)'"' ? Mode.Plain : b == (byte)'\\' ? Mode.StringEscape : Mode.String;
                return false;
            case Mode.StringEscape:
                _mode = Mode.String;
                return false;
            case Mode.Comment:
                _mode = b == (byte)'\n' ? Mode.Plain : Mode.Comment;
                return false;
            case Mode.Character:
                _mode = Mode.Plain;
                return false;
        }

        switch (b)
        {
            case (byte)'"':
                _mode = Mode.String;
                return false;
            case (byte)';' when format == HistoryFormat.Edn:
                _mode = Mode.Comment;
                return false;
            case (byte)'\\' when format == HistoryFormat.Edn:
                _mode = Mode.Character;
                return false;
            case (byte)'{' or (byte)'[' or (byte)'(':
                _depth++;
                return false;
            case (byte)'}' or (byte)']' or (byte)')':
                _depth--;
                return _depth <= 0;
            default:
                return false;
        }
    }

    private ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> rest)
    {
        if (_carriedLength == 0)
        {
            return rest;
        }

        _ = TryCarry(rest);
        int length = _carriedLength;
        _carriedLength = 0;
        return _carried.AsSpan(0, length);
    }

    private bool TryCarry(ReadOnlySpan<byte> part)
    {
        if (_carriedLength + part.Length > MaxFormBytes)
        {
            return false;
        }

        if (_carried.Length < _carriedLength + part.Length)
        {
            Array.Resize(ref _carried, Math.Max(2 * _carried.Length, _carriedLength + part.Length));
        }

        part.CopyTo(_carried.AsSpan(_carriedLength));
        _carriedLength += part.Length;
        return true;
    }
}
