using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Inputs;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>A hand-over under way (Raft thesis §3.10). While it lasts no command is accepted, so none can be reported failed and commit later.</summary>
internal sealed class LeadershipTransfer(RequestToken request, ReplicaId target, MonotonicTime deadline)
{
    public RequestToken Request { get; } = request;
    public ReplicaId Target { get; } = target;
    public MonotonicTime Deadline { get; } = deadline;

    /// <summary>The target holds the whole log and was told to stand for election.</summary>
    public bool Ordered { get; set; }

    public LeadershipTransfer Fork() => new(Request, Target, Deadline) { Ordered = Ordered };

    public void DigestTo(StateDigest digest)
    {
        digest.Add(Request.Source);
        digest.Add(Request.Request);
        digest.Add(Target);
        digest.AddRemaining(Deadline);
        digest.Add(Ordered);
    }
}
