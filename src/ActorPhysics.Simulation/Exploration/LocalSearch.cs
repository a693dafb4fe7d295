using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// The parts of which all states of a search are made: replica states, messages, ledger pages, each known by a number. A replica's step depends
/// on the replica and its input alone, so the shipped stepper runs once for each such pair, however many states of the group hold it
/// (Guerraoui and Yabandeh, NSDI 2011, explore locally for the same reason).
/// </summary>
internal sealed class LocalSearch
{
    private readonly ReplicaSteps _steps;
    private readonly ImmutableArray<ReplicaRenaming> _renamings;
    private readonly bool _reduces;

    public LocalSearch(ExplorationScope scope, StepperFactory? factory)
    {
        _steps = new ReplicaSteps(scope, factory);
        _reduces = scope.Reductions;
        _renamings = scope.IsSymmetric ? [.. ReplicaRenaming.All(scope.Places)] : [ReplicaRenaming.Identity];
        First = [.. _steps.Replicas.Select(replica => Intern(_steps.Start(replica)))];
        FirstLedger = Intern(new LedgerPage([.. Enumerable.Repeat(ReplicaId.None, scope.Epochs)], []));
    }

    public Handles<LocalState> Replicas { get; } = new();

    public Handles<SearchMessage> Messages { get; } = new();

    public Handles<MessagePool> Pools { get; } = new();

    public Handles<Ledger> Ledgers { get; } = new();

    public int RenamingCount => _renamings.Length;

    /// <summary>The replicas as they start for the first time.</summary>
    public ImmutableArray<LocalState> First { get; }

    public Ledger FirstLedger { get; }

    public Core.Membership.GroupConfiguration Configuration => _steps.Configuration;

    /// <summary>The quorums that may elect somebody at some time: before the change and after it. Those of the joint configuration are quorums of both.</summary>
    public ImmutableArray<Core.Quorums.QuorumSystem> Electors => _steps.Electors;

    /// <summary>What the action does to the replica.</summary>
    public Outcome OutcomeOf(LocalState replica, LocalAction action) =>
        replica.Outcomes.Find(action.Code) ?? replica.Outcomes.Add(action.Code, Compute(replica, action));

    /// <param name="messages">In the order of their fingerprints.</param>
    public MessagePool PoolOf(ReadOnlySpan<SearchMessage> messages)
    {
        Fingerprint fingerprint = MessagePool.FingerprintOf(messages);
        return Pools.Find(fingerprint)
            ?? Pools.GetOrAdd(fingerprint, (messages: messages.ToArray(), search: this), static (number, x) => MessagePool.Create(number, x.messages, x.search.RenamingCount));
    }

    /// <summary>The page after the replica came to be so.</summary>
    /// <param name="closedEpochs">Through which epoch nobody can be elected any more.</param>
    /// <param name="firstLead">The lowest epoch that anybody leads or may come to lead.</param>
    /// <exception cref="InvariantViolationException">The replica contradicts the past.</exception>
    public Ledger Turn(Ledger ledger, LocalState replica, int closedEpochs, LeaderEpoch firstLead)
    {
        LedgerPage page = ledger.Page.With(replica).Without(closedEpochs);
        page = _reduces ? page.ProvenBefore(firstLead) : page;
        return ReferenceEquals(page, ledger.Page) ? ledger : Intern(page);
    }

    private Outcome Compute(LocalState replica, LocalAction action)
    {
        try
        {
            LineMessage? message = action.Kind == LocalActionKind.Deliver ? Messages[action.Argument].Message : null;
            if (_steps.Take(replica.Image, action, message) is not { } taken)
            {
                return new Outcome(null, [], null);
            }

            LocalState next = Intern(taken.Image);
            SearchMessage[] sends = [.. taken.Sent.Select(Intern)];
            bool nothing = ReferenceEquals(next, replica) && sends.Length == 0 && message is null;
            return new Outcome(nothing ? null : next, sends, null);
        }
        catch (InvariantViolationException violation)
        {
            return new Outcome(null, [], violation);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // A stepper answers every input; one that fails is a finding, and the trace tells how it came to that.
            return new Outcome(null, [], new InvariantViolationException("StepTotality", $"{replica.Image.Id} fails with {failure}"));
        }
    }

    private LocalState Intern(ReplicaImage image) => Replicas.GetOrAdd(
        FingerprintOf(image, ReplicaRenaming.Identity, MootPoints.None),
        (image, search: this),
        static (number, x) => new LocalState(number, x.image, [.. Enumerable.Range(0, (int)LocalState.AllMoot + 1).Select(moot => x.search.KeysOf(x.image, (MootPoints)moot))]));

    private ulong[] KeysOf(ReplicaImage image, MootPoints moot) => [.. _renamings.Select(renaming => FingerprintOf(image, renaming, moot).High)];

    private SearchMessage Intern(LineMessage message) => Messages.GetOrAdd(
        SearchMessage.FingerprintOf(message, ReplicaRenaming.Identity),
        (message, search: this),
        static (number, x) => SearchMessage.Create(number, x.message, x.search._renamings));

    private Ledger Intern(LedgerPage page) => Ledgers.GetOrAdd(
        page.FingerprintOf(ReplicaRenaming.Identity),
        (page, search: this),
        static (number, x) => new Ledger(number, x.page, [.. x.search._renamings.Select(renaming => x.page.FingerprintOf(renaming).High)]));

    private Fingerprint FingerprintOf(ReplicaImage image, ReplicaRenaming renaming, MootPoints moot)
    {
        var digest = new StateDigest(renaming, image.NextInput, moot);
        image.Replica.DigestTo(digest);
        image.Journal.DigestWaitTo(digest);
        if ((moot & MootPoints.Restart) == 0)
        {
            image.Journal.DigestDiskTo(digest, _steps.Configuration);
        }

        return digest.Result;
    }
}
