using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ActorPhysics.Wire.Machines;

/// <summary>
/// Turns one kind of value (a machine's commands, results, queries or answers) into payload bytes and back. Client and replicas use the
/// same codec. Implementations keep no state between calls and may be called from several threads at once.
/// </summary>
public interface ICommandCodec<TValue>
{
    void Encode(TValue value, IBufferWriter<byte> output);

    /// <summary>
    /// Decodes without trust: bytes of any content yield a value or a refusal. Both are functions of the bytes alone, on every replica and
    /// under every version of the runtime: for a command the refusal becomes part of the replicated history, so it must not carry an
    /// exception's message.
    /// </summary>
    bool TryDecode(ReadOnlySpan<byte> encoded, [MaybeNullWhen(false)] out TValue value, [NotNullWhen(false)] out string? refusal);
}

/// <summary>The four codecs of a typed state machine.</summary>
public sealed record StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>(
    ICommandCodec<TCommand> Command, ICommandCodec<TResult> Result, ICommandCodec<TQuery> Query, ICommandCodec<TAnswer> Answer)
{
    /// <summary>JSON for everything; commands and queries are read strictly.</summary>
    public static StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> Json { get; } = new(
        new JsonCommandCodec<TCommand>(JsonPayload.Strict),
        new JsonCommandCodec<TResult>(JsonPayload.Lenient),
        new JsonCommandCodec<TQuery>(JsonPayload.Strict),
        new JsonCommandCodec<TAnswer>(JsonPayload.Lenient));
}
