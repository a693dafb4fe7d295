using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;

namespace ActorPhysics.Checking.Histories;

/// <summary>
/// Reads an event from an EDN map (github.com/edn-format/edn). Tags such as <c>#jepsen.history.Op</c> are passed over, <c>#_</c> drops what
/// follows it. A field's name may be a keyword, a symbol or a string.
/// </summary>
internal sealed class EdnEventParser : EventParser
{
    private static readonly Dictionary<string, string> NamedCharacters = new(StringComparer.Ordinal)
    {
        ["newline"] = "\n",
        ["return"] = "\r",
        ["space"] = " ",
        ["tab"] = "\t",
    };

    protected override void ReadFields(ReadOnlySpan<byte> form, ref EventFields fields)
    {
        var reader = new Reader(form, Texts);
        reader.SkipToToken();
        reader.SkipTag();
        if (!reader.TryTake((byte)'{'))
        {
            throw new MalformedFormException("an event must be a map");
        }

        while (!reader.TryClose((byte)'}'))
        {
            Value name = reader.Read(depth: 1);
            Value value = reader.Read(depth: 1);
            switch (name.Kind == ValueKind.Text ? name.AsText : null)
            {
                case "value":
                    fields.Value = value;
                    break;
                case "process":
                    fields.Process = value;
                    break;
                case "type":
                    fields.Type = value;
                    break;
                case "f":
                    fields.Function = value;
                    break;
                case "key":
                    fields.Key = value;
                    break;
                case "index":
                    fields.Index = value;
                    break;
                case "time":
                    fields.Time = value;
                    break;
            }
        }
    }

    /// <summary>Recursive descent over the bytes of one form.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes, TextCache texts)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;
        private int _discards;

        public Value Read(int depth)
        {
            if (depth > MaxDepth)
            {
                throw new MalformedFormException($"nested more than {MaxDepth} deep");
            }

            SkipToToken();
            switch (Peek())
            {
                case (byte)'#' when _at + 1 < _bytes.Length && _bytes[_at + 1] == (byte)'{':
                    _at += 2;
                    return Value.List(Items((byte)'}', depth).Sort());
                case (byte)'#':
                    SkipTag();
                    return Read(depth + 1);
                case (byte)'[':
                    _at++;
                    return Value.List(Items((byte)']', depth));
                case (byte)'(':
                    _at++;
                    return Value.List(Items((byte)')', depth));
                case (byte)'{':
                    _at++;
                    return Map(depth);
                case (byte)'"':
                    return Value.Of(String());
                case (byte)'\\':
                    return Value.Of(Character());
                default:
                    return Atom();
            }
        }

        public bool TryTake(byte expected)
        {
            bool there = _at < _bytes.Length && _bytes[_at] == expected;
            _at += there ? 1 : 0;
            return there;
        }

        public bool TryClose(byte bracket)
        {
            SkipToToken();
            return TryTake(bracket);
        }

        /// <summary>Passes over white space, commas, comments and what <c>#_</c> drops.</summary>
        public void SkipToToken()
        {
            while (_at < _bytes.Length)
            {
                byte b = _bytes[_at];
                if (b is (byte)' ' or (byte)',' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                {
                    _at++;
                }
                else if (b == (byte)';')
                {
                    int end = _bytes[_at..].IndexOf((byte)'\n');
                    _at = end < 0 ? _bytes.Length : _at + end;
                }
                else if (b == (byte)'#' && _at + 1 < _bytes.Length && _bytes[_at + 1] == (byte)'_')
                {
                    _at += 2;
                    Discard();
                }
                else
                {
                    return;
                }
            }
        }

        /// <summary>What is dropped may hold more to drop, at any depth.</summary>
        private void Discard()
        {
            if (++_discards > MaxDepth)
            {
                throw new MalformedFormException($"#_ nested more than {MaxDepth} deep");
            }

            _ = Read(depth: MaxDepth / 2);
            _discards--;
        }

        /// <summary>Passes over <c>#tag</c>, if one stands here and is not the start of a set.</summary>
        public void SkipTag()
        {
            if (_at + 1 < _bytes.Length && _bytes[_at] == (byte)'#' && _bytes[_at + 1] != (byte)'{')
            {
                _at++;
                _ = Token();
                SkipToToken();
            }
        }

        private readonly byte Peek() => _at < _bytes.Length ? _bytes[_at] : throw new MalformedFormException("it ends too early");

        private ImmutableArray<Value> Items(byte bracket, int depth)
        {
            var items = ImmutableArray.CreateBuilder<Value>();
            while (!TryClose(bracket))
            {
                items.Add(Read(depth + 1));
            }

            return items.DrainToImmutable();
        }

        private Value Map(int depth)
        {
            var entries = new List<KeyValuePair<Value, Value>>();
            while (!TryClose((byte)'}'))
            {
                Value key = Read(depth + 1);
                entries.Add(new(key, Read(depth + 1)));
            }

            return Value.Map(entries.ToArray());
        }

        private string String()
        {
            _at++;
            int start = _at;
            int length = _bytes[start..].IndexOfAny((byte)'"', (byte)'\\');
            if (length >= 0 && _bytes[start + length] == (byte)'"')
            {
                _at = start + length + 1;
                return texts.Get(_bytes.Slice(start, length));
            }

            var unescaped = new List<byte>();
            while (Peek() != (byte)'"')
            {
                byte b = _bytes[_at++];
                if (b == (byte)'\\')
                {
                    Unescape(unescaped);
                }
                else
                {
                    unescaped.Add(b);
                }
            }

            _at++;
            return Encoding.UTF8.GetString(unescaped.ToArray());
        }

        private void Unescape(List<byte> into)
        {
            byte escaped = Peek();
            _at++;
            if (escaped == (byte)'u')
            {
                into.AddRange(Encoding.UTF8.GetBytes(CodeUnit(_bytes[_at..].Length >= 4 ? _bytes.Slice(_at, 4) : default).ToString()));
                _at += 4;
                return;
            }

            into.Add(escaped switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'t' => (byte)'\t',
                (byte)'r' => (byte)'\r',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'"' or (byte)'\\' or (byte)'/' => escaped,
                _ => throw new MalformedFormException($"unknown escape \\{(char)escaped} in a string"),
            });
        }

        private string Character()
        {
            _at++;
            int start = _at;
            _ = Peek();
            _at++;
            _ = Token();
            string name = Encoding.UTF8.GetString(_bytes[start.._at]);
            return NamedCharacters.GetValueOrDefault(name)
                ?? (name.Length == 5 && name[0] == 'u' ? CodeUnit(_bytes.Slice(start + 1, 4)).ToString() : name);
        }

        private static char CodeUnit(ReadOnlySpan<byte> digits) =>
            Utf8Parser.TryParse(digits, out uint code, out int used, 'x') && used == 4
                ? (char)code
                : throw new MalformedFormException("\\u needs four hexadecimal digits");

        private Value Atom()
        {
            ReadOnlySpan<byte> token = Token();
            if (token.IsEmpty)
            {
                throw new MalformedFormException($"unexpected '{(char)_bytes[_at]}'");
            }

            if (token[0] is (byte)'-' or (byte)'+' or (>= (byte)'0' and <= (byte)'9') && token[^1] is >= (byte)'0' and <= (byte)'9' or (byte)'N'
                && Utf8Parser.TryParse(token[0] == (byte)'+' ? token[1..] : token, out long number, out int used)
                && used >= token.Length - (token[0] == (byte)'+' ? 1 : 0) - (token[^1] == (byte)'N' ? 1 : 0))
            {
                return Value.Of(number);
            }

            return token switch
            {
                _ when token.SequenceEqual("nil"u8) => Value.Nil,
                _ when token.SequenceEqual("true"u8) => Value.Of(true),
                _ when token.SequenceEqual("false"u8) => Value.Of(false),
                _ => Value.Of(texts.Get(token[0] == (byte)':' ? token[1..] : token)),
            };
        }

        private ReadOnlySpan<byte> Token()
        {
            int length = _bytes[_at..].IndexOfAny(" ,\t\r\n{}[]()\";"u8);
            ReadOnlySpan<byte> token = length < 0 ? _bytes[_at..] : _bytes.Slice(_at, length);
            _at += token.Length;
            return token;
        }
    }
}
