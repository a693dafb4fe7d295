using System.Buffers;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// A session table as it was at one moment; immutable, so any thread may write it. It is written as a header and one part per session, so
/// that the writer needs memory for one session at a time. The bytes are a function of the table's state.
/// </summary>
public sealed class SessionTableCapture
{
    private readonly SessionLimits _limits;
    private readonly LogTime _time;
    private readonly ShardMapVersion _forgottenThrough;
    private readonly Session[] _sessions;

    internal SessionTableCapture(SessionLimits limits, LogTime time, ShardMapVersion forgottenThrough, Session[] sessions)
    {
        _limits = limits;
        _time = time;
        _forgottenThrough = forgottenThrough;
        _sessions = sessions;
    }

    /// <summary>The number of parts that follow the header.</summary>
    public int Count => _sessions.Length;

    public void WriteHeader(IBufferWriter<byte> output) =>
        SessionTableFormat.WriteHeader(output, _limits, _time, _sessions.Length, _forgottenThrough);

    /// <param name="part">From 0 to <see cref="Count"/> - 1, in order of use.</param>
    /// <param name="output">Receives the part.</param>
    public void WriteSession(int part, IBufferWriter<byte> output) => SessionTableFormat.WriteSession(output, _sessions[part]);
}
