using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Handoffs;

/// <summary>The bounds of a node's courier.</summary>
/// <param name="PieceBytes">Of one piece; it becomes one command of the taker's log.</param>
/// <param name="BytesPerSecond">What the node's couriers together may fetch.</param>
/// <param name="MostCarried">Parcels under way at once; others wait for their turn.</param>
public sealed record CourierBounds(int PieceBytes, long BytesPerSecond, int MostCarried);

/// <summary>How a fetch ended: <see cref="ResponseOutcome.Ok"/> only when the taker owns the keys, by an applied entry.</summary>
/// <param name="Detail">One sentence for people; empty when it is done.</param>
public readonly record struct CourierEnd(ResponseOutcome Outcome, string Detail);

/// <summary>
/// Brings parcels to the groups that this node leads: reads a piece from a node of the giver, offers it to the taker's log, and reads the next one when that
/// entry was applied. It remembers nothing that matters: how far a parcel has come stands in the taker's own state, so whoever begins anew goes on there.
/// Lives on one loop and uses ports only.
/// </summary>
public sealed class HandoffCourier
{
    private readonly SortedDictionary<GroupId, ParcelRun> _runs = [];
    private readonly Queue<ParcelRun> _waiting = [];
    private readonly Func<GroupId, KeyOwnership?> _ownershipOf;
    private MonotonicTime _paidUntil;
    private int _carried;

    /// <param name="loop">Where it lives.</param>
    /// <param name="requests">The way to givers, and through the own door to takers.</param>
    /// <param name="self">This node.</param>
    /// <param name="ownershipOf">What the own replica of a group has applied; null where there is none, or it belongs to no space.</param>
    public HandoffCourier(IEventLoop loop, INodeRequests requests, NodeId self, CourierBounds bounds, Func<GroupId, KeyOwnership?> ownershipOf) =>
        (Loop, Requests, Self, Bounds, _ownershipOf) = (loop, requests, self, bounds, ownershipOf);

    internal IEventLoop Loop { get; }
    internal INodeRequests Requests { get; }
    internal NodeId Self { get; }
    internal CourierBounds Bounds { get; }

    /// <summary>Fetches a parcel for a group that this node leads. The same again while it is under way: both hear of its end.</summary>
    /// <param name="taker">The group.</param>
    /// <param name="terms">The handoff, as its pieces say it.</param>
    /// <param name="sources">Nodes of the giver, the likeliest first; any that has applied the giver's entry has the same parcel.</param>
    /// <param name="ended">Called once, on the loop.</param>
    public void Fetch(GroupId taker, TakeIn terms, ImmutableArray<NodeId> sources, Action<CourierEnd> ended)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (_runs.TryGetValue(taker, out ParcelRun? under))
        {
            if (under.Terms with { OffsetBytes = 0 } == terms with { OffsetBytes = 0 })
            {
                under.Waiting.Add(ended);
            }
            else
            {
                ended(new CourierEnd(ResponseOutcome.ConfigurationConflict, $"{under.Terms.Id} is on its way to {taker}"));
            }

            return;
        }

        var run = new ParcelRun(this, taker, terms, sources, ended);
        _runs.Add(taker, run);
        if (_carried < Bounds.MostCarried)
        {
            _carried++;
            run.Begin();
        }
        else
        {
            _waiting.Enqueue(run);
        }
    }

    /// <summary>How far the taker has come by its own state; null when it owns the keys already.</summary>
    internal long? ReceivedBytes(GroupId taker, TakeIn terms)
    {
        KeyOwnership? ownership = _ownershipOf(taker);
        return ownership?.LastTaken is { } taken && taken.Id == terms.Id ? null
            : ownership?.Incoming is { } incoming && incoming.Id == terms.Id ? incoming.ReceivedBytes
            : 0;
    }

    /// <summary>When the next piece may be fetched, now that so many bytes were.</summary>
    internal MonotonicTime Pay(int bytes)
    {
        _paidUntil = MonotonicTime.Max(_paidUntil, Loop.Now) + TimeSpan.FromSeconds((double)bytes / Bounds.BytesPerSecond);
        return _paidUntil;
    }

    internal void Ended(ParcelRun run, CourierEnd end)
    {
        _runs.Remove(run.Taker);
        if (_waiting.TryDequeue(out ParcelRun? next))
        {
            next.Begin();
        }
        else
        {
            _carried--;
        }

        foreach (Action<CourierEnd> waiting in run.Waiting)
        {
            waiting(end);
        }
    }
}
