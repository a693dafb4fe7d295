using ActorPhysics.Core;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Line;

namespace ActorPhysics.Simulation.Network;

/// <summary>Takes a message through the shipped codec: what arrives is what the bytes say, and nothing else.</summary>
internal sealed class WireTrip
{
    private readonly FrameWriter _writer = new(new PooledBuffer(), FrameLimits.Default);
    private readonly List<Unverified<LineMessage>> _decoded = [];

    /// <summary>The bytes end with a field that this version does not know.</summary>
    public bool AddsLaterField { get; set; }

    /// <param name="receivers">The configurations that the receiver's log knows.</param>
    public LineMessage Carry(LineMessage message, ConfigurationTrail receivers)
    {
        _writer.Output.Clear();
        LineMessageCodec.Write(_writer, message);
        _writer.EndIfOpen();
        ReadOnlySpan<byte> frame = _writer.Output.WrittenSpan[FrameHeader.EncodedBytes..];
        byte[] body = AddsLaterField ? [.. frame, .. LaterVersion.Field] : frame.ToArray();
        _decoded.Clear();
        if (!LineMessageCodec.TryRead(body, group => group == receivers.Newest.Group ? receivers : null, _decoded, out string? refusal) || _decoded.Count != 1)
        {
            throw new InvariantViolationException("WireFormat", $"{message.GetType().Name} cannot be read back: {refusal}");
        }

        return _decoded[0].TryTrust(static _ => null, out LineMessage? read, out refusal)
            ? read
            : throw new InvariantViolationException("WireFormat", refusal);
    }
}
