using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>
/// A replica that hears no leader and may not stand for election itself asks whether it still belongs to the group. Members that know it as one
/// of them do not answer: their leader will come to it, and if their group is silent they wake.
/// </summary>
public sealed class MembershipInquiry(Envelope envelope) : LineMessage(envelope);

/// <summary>
/// Tells a former member that it is none any more, with the proof: the configuration without it and a commit at or above that configuration's
/// own entry.
/// </summary>
public sealed class MembershipEnded(Envelope envelope, GroupConfiguration configuration, CommitEvidence commit) : LineMessage(envelope)
{
    public GroupConfiguration Configuration { get; } = configuration;
    public CommitEvidence Commit { get; } = commit;
}
