namespace ActorPhysics.Checking.Histories;

/// <summary>Turns one form of a notation into an event.</summary>
internal abstract class EventParser
{
    /// <summary>Deeper nesting is refused: reading recurses, and a stack is small.</summary>
    protected const int MaxDepth = 64;

    protected TextCache Texts { get; } = new();

    /// <param name="ordinal">The event's place among those of its file, which is its index where it states none.</param>
    /// <returns>The event; null for one that no client caused, such as a fault that the test injected.</returns>
    /// <exception cref="MalformedFormException">The form is no event.</exception>
    public OperationEvent? Parse(ReadOnlySpan<byte> form, long ordinal)
    {
        var fields = new EventFields { Index = Value.Of(ordinal), Time = Value.Of(0) };
        ReadFields(form, ref fields);
        return fields.ToEvent();
    }

    protected abstract void ReadFields(ReadOnlySpan<byte> form, ref EventFields fields);

    /// <summary>The fields of an event as they stand there, each still to be judged.</summary>
    protected struct EventFields
    {
        public Value Index;
        public Value Time;
        public Value? Process;
        public Value? Type;
        public Value? Function;
        public Value Key;
        public Value Value;

        public readonly OperationEvent? ToEvent()
        {
            if (Process is not { } process)
            {
                throw new MalformedFormException("an event needs the field \"process\"");
            }

            if (!process.IsInteger)
            {
                return null;
            }

            return new OperationEvent(
                new EventIndex(Integer(Index, "index")),
                new EventTime(Integer(Time, "time")),
                new ProcessId(process.AsInteger),
                TypeOf(Type),
                Function is { Kind: ValueKind.Text } function ? function.AsText : throw new MalformedFormException("an event needs the field \"f\", a name"),
                Key,
                Value);
        }

        private static long Integer(Value value, string field) =>
            value.IsInteger ? value.AsInteger : throw new MalformedFormException($"the field \"{field}\" is {value}, but must be an integer");

        private static EventType TypeOf(Value? type) => type is not { Kind: ValueKind.Text } name
            ? throw new MalformedFormException("an event needs the field \"type\": invoke, ok, fail or info")
            : name.AsText switch
            {
                "invoke" => EventType.Invoke,
                "ok" => EventType.Ok,
                "fail" => EventType.Fail,
                "info" => EventType.Info,
                _ => throw new MalformedFormException($"the field \"type\" is {name}, but must be invoke, ok, fail or info"),
            };
    }
}
