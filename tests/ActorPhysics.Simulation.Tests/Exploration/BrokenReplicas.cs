using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Simulation.Tests.Exploration;

/// <summary>The shipped stepper behind a filter that makes one mistake of its effects.</summary>
internal sealed class FilteredReplica(LineReplica line, Func<LineEffect, IEnumerable<LineEffect>> filter) : ISteppedReplica
{
    public LineRole RoleKind => line.RoleKind;

    public LeaderEpoch Epoch => line.Epoch;

    public BoundariesView Boundaries => line.Boundaries;

    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches => ShippedReplica.MatchesOf(line);

    public void Step(LineInput input, List<LineEffect> effects)
    {
        var honest = new List<LineEffect>();
        line.Step(input, honest);
        effects.AddRange(honest.SelectMany(filter));
    }

    public ISteppedReplica Fork() => new FilteredReplica(line.Fork(), filter);

    public void DigestTo(StateDigest digest) => line.DigestTo(digest);
}

/// <summary>The shipped stepper, with a word in its fingerprint that says nothing: states are met, kept and compared in another order.</summary>
internal sealed class SaltedReplica(LineReplica line, ulong salt) : ISteppedReplica
{
    public LineRole RoleKind => line.RoleKind;

    public LeaderEpoch Epoch => line.Epoch;

    public BoundariesView Boundaries => line.Boundaries;

    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches => ShippedReplica.MatchesOf(line);

    public void Step(LineInput input, List<LineEffect> effects) => line.Step(input, effects);

    public ISteppedReplica Fork() => new SaltedReplica(line.Fork(), salt);

    public void DigestTo(StateDigest digest)
    {
        digest.Add(salt);
        line.DigestTo(digest);
    }
}

/// <summary>
/// A leader that takes an entry for committed as soon as copies of it are on a majority, whatever its epoch: what Figure 8 of the Raft paper
/// warns of. It only claims so; the stepper inside goes on as shipped.
/// </summary>
internal sealed class CountingReplica : ISteppedReplica
{
    private readonly LineReplica _line;
    private readonly SortedDictionary<ReplicaId, LogIndex> _matched;
    private LeaderEpoch _epoch;
    private LogIndex _claimed;

    public CountingReplica(LineReplica line)
        : this(line, [])
    {
    }

    private CountingReplica(LineReplica line, SortedDictionary<ReplicaId, LogIndex> matched) => (_line, _matched) = (line, matched);

    public LineRole RoleKind => _line.RoleKind;

    public LeaderEpoch Epoch => _line.Epoch;

    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches => ShippedReplica.MatchesOf(_line);

    public BoundariesView Boundaries => _line.Boundaries with { Committed = LogIndex.Max(_line.Boundaries.Committed, _claimed) };

    public void Step(LineInput input, List<LineEffect> effects)
    {
        _line.Step(input, effects);
        if (_line.Epoch != _epoch || _line.RoleKind != LineRole.Leader)
        {
            _matched.Clear();
            _epoch = _line.Epoch;
        }

        if (_line.RoleKind == LineRole.Leader && input is MessageArrived { Message: AppendAccepted accepted } && accepted.Envelope.Epoch == _epoch)
        {
            _matched[accepted.Envelope.From] = accepted.Matched;
            LogIndex[] held = [_line.Boundaries.Durable, .. _matched.Values];
            Array.Sort(held);
            _claimed = held.Length > 1 ? LogIndex.Max(_claimed, held[^2]) : _claimed;
        }
    }

    public ISteppedReplica Fork() => new CountingReplica(_line.Fork(), new SortedDictionary<ReplicaId, LogIndex>(_matched)) { _epoch = _epoch, _claimed = _claimed };

    public void DigestTo(StateDigest digest)
    {
        _line.DigestTo(digest);
        digest.Add(_claimed);
        digest.AddUnordered(_matched, static (each, match) =>
        {
            each.Add(match.Key);
            each.Add(match.Value);
        });
    }
}

/// <summary>
/// The shipped stepper with a witness: it makes no mistake, and the search reports what the witness saw as if it were one. So a test can ask
/// whether the search comes by a certain moment. What the witness remembers is part of the state.
/// </summary>
/// <param name="see">What the witness remembers after a step, of what it remembered; null when this is the moment.</param>
internal sealed class WitnessedReplica(LineReplica line, ulong memory, WitnessedReplica.Witness see) : ISteppedReplica
{
    public const string Seen = "Seen";

    public delegate ulong? Witness(ulong memory, LineRole formerRole, LineReplica line, LineInput input);

    private ulong _memory = memory;

    public LineRole RoleKind => line.RoleKind;

    public LeaderEpoch Epoch => line.Epoch;

    public BoundariesView Boundaries => line.Boundaries;

    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches => ShippedReplica.MatchesOf(line);

    public void Step(LineInput input, List<LineEffect> effects)
    {
        LineRole former = line.RoleKind;
        line.Step(input, effects);
        _memory = see(_memory, former, line, input) ?? throw new InvariantViolationException(Seen, input.ToString() ?? "");
    }

    public ISteppedReplica Fork() => new WitnessedReplica(line.Fork(), _memory, see);

    public void DigestTo(StateDigest digest)
    {
        line.DigestTo(digest);
        digest.Add(_memory);
    }

    public static StepperFactory By(Witness see) =>
        (id, options, recovered) => new WitnessedReplica(new LineReplica(id, options, recovered, randomSeed: 1), memory: 0, see);
}

/// <summary>Makers of broken steppers.</summary>
internal static class Broken
{
    public static StepperFactory AcknowledgesBeforeDurable { get; } = Filtered(static effect => effect is Persist persist
        ?
        [
            .. persist.ThenSend.OfType<AppendAccepted>().Select(message => new Send(message)),
            new Persist(persist.First, persist.Records, [.. persist.ThenSend.Where(message => message is not AppendAccepted)]),
        ]
        : [effect]);

    public static StepperFactory GrantsEveryVote { get; } = Filtered(static effect => effect is Persist persist
        ? [new Persist(persist.First, persist.Records, [.. persist.ThenSend.Select(Granted)])]
        : [effect is Send send ? new Send(Granted(send.Message)) : effect]);

    public static StepperFactory ForgetsItsVoteAtRestart { get; } = static (id, options, recovered) =>
    {
        if (recovered.LastRecord == default)
        {
            return new ShippedReplica(new LineReplica(id, options, recovered, randomSeed: 1));
        }

        List<HistoryEvent> records = [new EpochPromised(recovered.Epoch, ReplicaId.None, recovered.Run)];
        records.AddRange(recovered.Log.Slice(new LogIndex(1), int.MaxValue, int.MaxValue).Select(entry => new EntriesAppended([entry])));
        RecoveredReplica forgetful = RecoveredReplica.Fold(recovered.Configuration, new RecordNumber(1), records, recovered.LastRecord, guarded: null, damage: null);
        return new ShippedReplica(new LineReplica(id, options, forgetful, randomSeed: 1));
    };

    public static StepperFactory CommitsByCounting { get; } = static (id, options, recovered) => new CountingReplica(new LineReplica(id, options, recovered, randomSeed: 1));

    private static StepperFactory Filtered(Func<LineEffect, IEnumerable<LineEffect>> filter) =>
        (id, options, recovered) => new FilteredReplica(new LineReplica(id, options, recovered, randomSeed: 1), filter);

    private static LineMessage Granted(LineMessage message) => message is VoteAnswer answer ? new VoteAnswer(answer.Envelope, granted: true) : message;
}
