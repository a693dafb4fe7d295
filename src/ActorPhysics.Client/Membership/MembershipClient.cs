using System.Globalization;
using ActorPhysics.Client.Connections;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Membership;

/// <summary>
/// Changes who belongs to a running group: it looks at the present configuration, works the next one out, has the new nodes host their replicas,
/// orders the change on condition that the configuration is still the same, and waits for its end. The group does the rest by itself: a client that
/// dies on the way stops nothing. All members may be called from many threads at once.
/// </summary>
/// <remarks>
/// What a caller must decide on comes as a <see cref="MembershipResult"/>. A task ends in a <see cref="RequestException"/> when nothing was changed for a
/// reason that has nothing to do with members (overload, nobody leads), and in <see cref="OperationCanceledException"/> when it was cancelled, which
/// takes nothing back.
/// </remarks>
/// <param name="client">The connection to the cluster.</param>
/// <param name="group">Whose members.</param>
public sealed class MembershipClient(ActorPhysicsClient client, GroupId group)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    // How long a node may take to hear that its former replica is retired.
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(10);

    public GroupId Group { get; } = group;

    /// <summary>Who belongs to the group now, and how each of them does.</summary>
    /// <exception cref="RequestRefusedException">No node that answers holds a replica of the group.</exception>
    public async Task<MembershipView> DescribeAsync(CancellationToken cancellation = default)
    {
        List<NodeReport> reports = await client.SurveyAsync(AnswerPatience, cancellation).ConfigureAwait(false);
        return MembershipView.Of(Group, reports)
            ?? throw new RequestRefusedException(
                reports.Exists(report => report.Status is not null) ? ResponseOutcome.NoSuchGroup : ResponseOutcome.Unavailable,
                $"No node that answers holds a replica of {Group}. {string.Join(' ', reports.Select(report => report.Trouble)).Trim()}".Trim());
    }

    /// <summary>A node becomes a member, with a new replica.</summary>
    /// <param name="node">The node.</param>
    /// <param name="role">What it does; a voter learns first and votes as soon as it has caught up.</param>
    /// <param name="progress">Hears of each step.</param>
    /// <param name="timeout">How long to wait for the end; a minute unless it is said. The change goes on without anybody who waits.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<MembershipResult> AddAsync(
        NodeId node, MemberRole role = MemberRole.Voter, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ChangeAsync(MembershipPlanner.Add(node, role), progress, timeout, cancellation);

    /// <summary>A node is no member any more, be it alive, away or dead. Its data stays until it is discarded.</summary>
    /// <inheritdoc cref="AddAsync"/>
    public Task<MembershipResult> RemoveAsync(
        NodeId node, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ChangeAsync(MembershipPlanner.Remove(node), progress, timeout, cancellation);

    /// <summary>One node takes another's place, in one change: the group never has a member less.</summary>
    /// <param name="old">The node that leaves, be it alive, away or dead.</param>
    /// <param name="node">The node that comes.</param>
    /// <inheritdoc cref="AddAsync"/>
    public Task<MembershipResult> ReplaceAsync(
        NodeId old, NodeId node, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ChangeAsync(MembershipPlanner.Replace(old, node), progress, timeout, cancellation);

    /// <summary>A learner becomes a voter.</summary>
    /// <inheritdoc cref="AddAsync"/>
    public Task<MembershipResult> PromoteAsync(
        NodeId node, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ChangeAsync(MembershipPlanner.Promote(node), progress, timeout, cancellation);

    /// <summary>Any other change: many members at once, other quorums.</summary>
    /// <param name="expected">The ConfigEpoch that the target was worked out from.</param>
    /// <param name="target">Who belongs to the group at the end, and what makes a quorum then. New replicas have ids from <see cref="MembershipView.NextReplica"/> on.</param>
    /// <inheritdoc cref="AddAsync"/>
    public Task<MembershipResult> ChangeAsync(
        ConfigEpoch expected, MembershipTarget target, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ChangeAsync(new MembershipPlanner(view => PlanningResult.Of(new MembershipPlan(view.Configuration, target))) { Expected = expected }, progress, timeout, cancellation);

    /// <summary>Whatever a planner makes of the group as it is found.</summary>
    /// <inheritdoc cref="AddAsync"/>
    public async Task<MembershipResult> ChangeAsync(
        MembershipPlanner planner, IProgress<MembershipProgress>? progress = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(planner);
        var run = new ChangeRun(client.Options.Clock, timeout ?? DefaultTimeout, progress);
        MembershipView view = await BeginningAsync(run, cancellation).ConfigureAwait(false);
        if (planner.Expected is { } expected && expected != view.Configuration.Epoch)
        {
            return new MembershipResult(MembershipOutcome.Conflict, view.Configuration, $"the group's ConfigEpoch is {view.Configuration.Epoch}, the change expects {expected}");
        }

        PlanningResult planned = planner.Plan(view);
        if (planned.Plan is not { } plan)
        {
            return new MembershipResult(MembershipOutcome.Refused, view.Configuration, planned.Refusal);
        }

        if (plan.IsReached)
        {
            return view.IsSettled
                ? new MembershipResult(MembershipOutcome.Unchanged, view.Configuration, "the group is like that already")
                : await EndAsync(plan, run, isAccepted: true, cancellation).ConfigureAwait(false);
        }

        if (view.Stage == MembershipStage.Joint)
        {
            return new MembershipResult(MembershipOutcome.Conflict, view.Configuration, $"another change is under way, towards {view.Configuration.Target}");
        }

        // What the group would refuse needs no replica hosted for it.
        if (Reconfiguration.TryBegin(plan.Present, plan.Target, out string? refusal) is null)
        {
            return new MembershipResult(MembershipOutcome.Refused, view.Configuration, refusal!);
        }

        foreach (Member member in plan.Joining)
        {
            if (await HostAsync(view, member, run, cancellation).ConfigureAwait(false) is { } objection)
            {
                return objection with { Configuration = view.Configuration };
            }
        }

        return await OrderAsync(plan, run, cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes what a node keeps of replicas that are retired there.</summary>
    /// <returns>What was deleted.</returns>
    /// <exception cref="RequestRefusedException">The node does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<ReplicaId>> DiscardAsync(NodeId node, CancellationToken cancellation = default)
    {
        MembershipView view = await DescribeAsync(cancellation).ConfigureAwait(false);
        var discarded = new List<ReplicaId>();
        foreach (ReplicaStatus replica in view.Retired.Where(replica => replica.Node == node))
        {
            byte[] operation = ProtoEncoding.ToArray<DiscardReplicaOperation.Encoder, DiscardReplicaOperation>(new DiscardReplicaOperation(replica.Replica));
            await client.OrderAsync(AddressOf(view, node), RequestKind.DiscardReplica, Group, operation, client.Options.RequestTimeout, cancellation).ConfigureAwait(false);
            discarded.Add(replica.Replica);
        }

        return discarded;
    }

    /// <summary>The group as soon as its newest configuration is certain and can be changed; a joint one is on its way out.</summary>
    private async Task<MembershipView> BeginningAsync(ChangeRun run, CancellationToken cancellation)
    {
        while (true)
        {
            MembershipView view = await DescribeAsync(cancellation).ConfigureAwait(false);
            if ((view.IsCommitted && view.Stage != MembershipStage.Joint) || run.IsOver)
            {
                return view;
            }

            run.Report(view, $"waits for the change under way: {Describe(view)}");
            await run.PauseAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Has a node host a replica; null when it does.</summary>
    private async Task<MembershipResult?> HostAsync(MembershipView view, Member member, ChangeRun run, CancellationToken cancellation)
    {
        if (!view.Nodes.Any(node => node.Node == member.Node))
        {
            return new MembershipResult(MembershipOutcome.Refused, null, $"{member.Node} is not a node of the cluster");
        }

        byte[] operation = ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(member.Replica));
        while (true)
        {
            string trouble;
            bool isPatient = !run.IsOver;
            try
            {
                await client.OrderAsync(AddressOf(view, member.Node), RequestKind.HostReplica, Group, operation, AnswerPatience * 5, cancellation).ConfigureAwait(false);
                run.Report(view, $"{member.Node} hosts {member.Replica}");
                return null;
            }
            catch (RequestRefusedException refusal) when (refusal.Outcome is ResponseOutcome.BadRequest or ResponseOutcome.NoSuchGroup)
            {
                return new MembershipResult(MembershipOutcome.Refused, null, $"{member.Node} does not host {member.Replica}. {refusal.Message}");
            }
            catch (RequestRefusedException refusal) when (refusal.Outcome == ResponseOutcome.ConfigurationConflict)
            {
                // A former member that has just been removed may not have heard of it yet.
                trouble = refusal.Message;
                isPatient &= run.Elapsed < FarewellPatience;
            }
            catch (Exception fault) when (fault is RequestException or DialException)
            {
                trouble = fault.Message;
            }

            if (!isPatient)
            {
                return new MembershipResult(MembershipOutcome.Conflict, null, $"{member.Node} does not host {member.Replica}; nothing was changed. {trouble}");
            }

            run.Report(view, $"waits for {member.Node}: {trouble}");
            await run.PauseAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<MembershipResult> OrderAsync(MembershipPlan plan, ChangeRun run, CancellationToken cancellation)
    {
        var change = new ChangeMembershipOperation(plan.Present.Epoch, plan.Target);
        while (true)
        {
            try
            {
                await client.ChangeMembershipAsync(Group, change, run.Remaining, cancellation).ConfigureAwait(false);
                return await EndAsync(plan, run, isAccepted: true, cancellation).ConfigureAwait(false);
            }
            catch (OutcomeUnknownException)
            {
                return await EndAsync(plan, run, isAccepted: false, cancellation).ConfigureAwait(false);
            }
            catch (RequestRefusedException refusal) when (refusal.Outcome == ResponseOutcome.BadRequest)
            {
                return new MembershipResult(MembershipOutcome.Refused, plan.Present, refusal.Message);
            }
            catch (RequestRefusedException refusal) when (refusal.Outcome == ResponseOutcome.ConfigurationConflict)
            {
                MembershipView view = await DescribeAsync(cancellation).ConfigureAwait(false);
                if (view.Configuration.Epoch != plan.Present.Epoch || run.IsOver)
                {
                    return new MembershipResult(MembershipOutcome.Conflict, view.Configuration, refusal.Message);
                }

                // The same configuration still: its leader is new, or about to go.
                run.Report(view, $"waits for a leader that may change the group: {refusal.Message}");
                await run.PauseAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until the group is settled.</summary>
    /// <param name="isAccepted">Whether the group said that it begins; else only what is seen of it counts.</param>
    private async Task<MembershipResult> EndAsync(MembershipPlan plan, ChangeRun run, bool isAccepted, CancellationToken cancellation)
    {
        MembershipView? view = null;
        while (!run.IsOver)
        {
            view = await TryDescribeAsync(cancellation).ConfigureAwait(false) ?? view;
            if (view is not null)
            {
                run.Report(view, Describe(view));
                if (view.IsSettled && plan.IsTargetOf(view.Configuration))
                {
                    return new MembershipResult(MembershipOutcome.Done, view.Configuration, $"settled in {view.Configuration.Epoch}");
                }

                isAccepted |= view.IsCommitted && plan.IsTargetOf(view.Configuration);
                if (view.IsSettled && view.Configuration.Epoch > plan.Present.Epoch)
                {
                    return new MembershipResult(MembershipOutcome.Conflict, view.Configuration, "another change came in between, or took this one back");
                }
            }

            await run.PauseAsync(cancellation).ConfigureAwait(false);
        }

        return isAccepted
            ? new MembershipResult(MembershipOutcome.UnderWay, view?.Configuration, $"not settled in time; the group goes on by itself. {(view is null ? "" : Describe(view))}".TrimEnd())
            : new MembershipResult(MembershipOutcome.Unknown, view?.Configuration, "nobody said in time whether the change was begun; look at the members before you try again");
    }

    // While the leader changes, or nodes come and go, nobody may answer for a moment.
    private async Task<MembershipView?> TryDescribeAsync(CancellationToken cancellation)
    {
        try
        {
            return await DescribeAsync(cancellation).ConfigureAwait(false);
        }
        catch (RequestException)
        {
            return null;
        }
    }

    private static NodeAddress AddressOf(MembershipView view, NodeId node) =>
        NodeAddress.TryParse(view.Nodes.FirstOrDefault(candidate => candidate.Node == node).Address, out NodeAddress? address)
            ? address.Value
            : throw new RequestRefusedException(ResponseOutcome.BadRequest, $"{node} is not a node of the cluster");

    private static string Describe(MembershipView view)
    {
        string members = string.Join(", ", view.Members.Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Member.Replica} on {member.Member.Node}")));
        string learning = string.Join("; ", view.Members
            .Where(member => member.Member.Role == MemberRole.Learner && member.Becomes is MemberRole.Voter or MemberRole.Witness)
            .Select(member => member.LagEntries is { } lag ? $"{member.Member.Replica} is {lag} entries behind" : $"{member.Member.Replica} is not fed yet"));
        return view.Stage switch
        {
            MembershipStage.Learning => $"{view.Configuration.Epoch} learning: {learning}",
            MembershipStage.Joint => $"{view.Configuration.Epoch} joint: the old members and the new ones decide together",
            _ => $"{view.Configuration.Epoch} {(view.IsCommitted ? "settled" : "not on the trunk yet")}: {members}",
        };
    }

    /// <summary>The time and the listener of one change.</summary>
    private sealed class ChangeRun(TimeProvider clock, TimeSpan timeout, IProgress<MembershipProgress>? progress)
    {
        private readonly long _began = clock.GetTimestamp();
        private string _said = "";

        public TimeSpan Elapsed => clock.GetElapsedTime(_began);
        public bool IsOver => Elapsed >= timeout;
        public TimeSpan Remaining => timeout - Elapsed is var left && left > LookAgain ? left : LookAgain;

        public Task PauseAsync(CancellationToken cancellation) => Task.Delay(LookAgain, clock, cancellation);

        public void Report(MembershipView view, string text)
        {
            if (text != _said)
            {
                _said = text;
                progress?.Report(new MembershipProgress(view, text));
            }
        }
    }
}
