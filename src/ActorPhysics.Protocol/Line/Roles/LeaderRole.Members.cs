using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Replication;

namespace ActorPhysics.Protocol.Line.Roles;

/// <summary>The leader's part in changes of its group's members, and in waking the group.</summary>
internal sealed partial class LeaderRole
{
    private void GoOnWithMembership()
    {
        if (_membership.NextStep(_peers) is { } next)
        {
            Configure(next, []);
        }
        else if (_peers.MostAdvanced(State.Configuration) is var successor && _membership.IsDone(successor))
        {
            HandOver(successor!.Peer);
        }
    }

    /// <summary>The configuration counts from its entry on: first the positions and the peers, then whoever is new is fed.</summary>
    private void Configure(GroupConfiguration configuration, IReadOnlyList<RequestToken> requests)
    {
        var entry = new ConfigurationEntry(new LogPosition(State.Epoch, State.Log.End.Next), configuration);
        State.Append([entry]);
        Roles.Applier.AwaitWrite(entry.Position.Index, requests);
        _held = new LogIndex[configuration.Quorums.Members.Length];
        foreach (PeerProgress peer in _peers)
        {
            peer.Position = configuration.Quorums.PositionOf(peer.Peer);
        }

        _peers.AddRange(configuration.Members
            .Where(member => member.Replica != State.Self && _peers.TrueForAll(peer => peer.Peer != member.Replica))
            .Select(ProgressOf)
            .ToArray());
        FeedAll();
        AdvanceCommit();
    }

    private PeerProgress ProgressOf(Member member) =>
        new(member.Replica, State.Configuration.Quorums.PositionOf(member.Replica), State.Log.End.Next)
        {
            LastHeard = State.Now,
            Connected = !State.Lost.Contains(member.Replica),
        };

    /// <summary>Who leaves is fed until it knows that it has left, or cannot be reached.</summary>
    private bool HasLeft(PeerProgress peer) =>
        State.IsConfigurationCommitted
        && State.Configuration.Find(peer.Peer) is null
        && (peer.CommitHeard >= State.Configurations.NewestFrom || !peer.Connected || !peer.IsLive(State.Now, State.Options.ElectionTimeoutMaximum * LeavingPatience));

    /// <summary>
    /// The change has made this leader a non-voter, and the trunk says so: it tells everybody where the trunk ends, asks the most advanced voter to
    /// stand at once, and stops leading.
    /// </summary>
    private void HandOver(ReplicaId successor)
    {
        SendRound();
        State.SendNow(new TransferNow(State.EnvelopeTo(successor)));
        Roles.Follow(State.Epoch, ReplicaId.None, $"no voter any more in {State.Configuration.Epoch}");
    }

    /// <summary>Ends the group's silence, if there is one: everybody hears from the leader at once, and may count on that again.</summary>
    private void Stir(bool isWork = true)
    {
        if (_silence.Stir(isWork))
        {
            SendRound();
            State.Emit(new SetTimer(LineTimer.Heartbeat, State.NextHeartbeat));
        }
    }
}
