using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
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
    private readonly Func<GroupId, ConfigurationTrail?> _configurationsOf;
    private readonly List<Unverified<LineMessage>> _decoded = [];

    public WireTrip(GroupConfiguration configuration)
    {
        ConfigurationTrail known = ConfigurationTrail.Of(configuration);
        _configurationsOf = group => group == configuration.Group ? known : null;
    }

    /// <summary>The bytes end with a field that this version does not know.</summary>
    public bool AddsLaterField { get; set; }

    public LineMessage Carry(LineMessage message)
    {
        _writer.Output.Clear();
        LineMessageCodec.Write(_writer, message);
        _writer.EndIfOpen();
        ReadOnlySpan<byte> frame = _writer.Output.WrittenSpan[FrameHeader.EncodedBytes..];
        byte[] body = AddsLaterField ? [.. frame, .. LaterVersion.Field] : frame.ToArray();
        _decoded.Clear();
        if (!LineMessageCodec.TryRead(body, _configurationsOf, _decoded, out string? refusal) || _decoded.Count != 1)
        {
            throw new InvariantViolationException("WireFormat", $"{message.GetType().Name} cannot be read back: {refusal}");
        }

        return _decoded[0].TryTrust(static _ => null, out LineMessage? read, out refusal)
            ? read
            : throw new InvariantViolationException("WireFormat", refusal);
    }
}
