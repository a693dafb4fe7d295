using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>What the explorer asks of a stepper. The shipped one has all of it; tests put broken ones in its place.</summary>
internal interface ISteppedReplica
{
    LineRole RoleKind { get; }

    LeaderEpoch Epoch { get; }

    BoundariesView Boundaries { get; }

    void Step(LineInput input, List<LineEffect> effects);

    ISteppedReplica Fork();

    void DigestTo(StateDigest digest);
}

/// <summary>The shipped stepper.</summary>
internal sealed class ShippedReplica(LineReplica line) : ISteppedReplica
{
    public LineRole RoleKind => line.RoleKind;

    public LeaderEpoch Epoch => line.Epoch;

    public BoundariesView Boundaries => line.Boundaries;

    public void Step(LineInput input, List<LineEffect> effects) => line.Step(input, effects);

    public ISteppedReplica Fork() => new ShippedReplica(line.Fork());

    public void DigestTo(StateDigest digest) => line.DigestTo(digest);
}
