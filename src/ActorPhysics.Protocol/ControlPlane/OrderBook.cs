using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// The orders of this stay in office: which are under way, which were done, when the others are due again. There is one order at a time for a group, a node and a
/// kind of order; another one of the same place takes the former's turn, whose answer is then ignored.
/// </summary>
internal sealed class OrderBook(ConfigPolicy policy)
{
    private readonly SortedDictionary<GroupId, List<Entry>> _entries = [];
    private readonly SortedDictionary<OrderNumber, Entry> _open = [];
    private OrderNumber _last;

    private sealed class Entry(NodeId node, NodeOrder order)
    {
        public NodeId Node { get; } = node;
        public NodeOrder Order { get; } = order;
        public OrderNumber Open { get; set; }
        public bool IsDone { get; set; }
        public int Tries { get; set; }
        public MonotonicTime Due { get; set; }
        public OrderOutcome? Last { get; set; }
    }

    /// <summary>Whether this very order was done; if not, it is sent when it is due.</summary>
    public bool Ensure(MonotonicTime now, NodeId node, NodeOrder order, List<ConfigEffect> effects)
    {
        Entry? entry = Find(node, order);
        if (entry is null || entry.Order != order)
        {
            if (entry is not null)
            {
                Remove(entry);
            }

            entry = new Entry(node, order);
            Of(order.Group).Add(entry);
        }

        if (entry.IsDone || entry.Open != default || now < entry.Due || _open.Count >= policy.MostOrders)
        {
            return entry.IsDone;
        }

        _last = _last.Next;
        entry.Open = _last;
        entry.Tries++;
        _open.Add(_last, entry);
        effects.Add(new SendOrder(_last, node, order));
        return false;
    }

    /// <summary>Whether this very order was done.</summary>
    public bool IsDone(NodeId node, NodeOrder order) => Find(node, order) is { IsDone: true } entry && entry.Order == order;

    /// <summary>How often an order was sent and how it last ended, as far as it was answered.</summary>
    public (int Tries, OrderOutcome? Last) Look(NodeId node, NodeOrder order) =>
        Find(node, order) is { } entry && entry.Order == order ? (entry.Tries, entry.Last) : default;

    /// <summary>Notes an answer; null when nobody waits for it any more.</summary>
    public NodeOrder? End(MonotonicTime now, OrderNumber number, OrderOutcome outcome)
    {
        if (!_open.Remove(number, out Entry? entry))
        {
            return null;
        }

        entry.Open = default;
        entry.Last = outcome;
        entry.IsDone = outcome.End == OrderEnd.Done;
        entry.Due = now + Pause(entry.Tries);
        return entry.Order;
    }

    /// <summary>What was ordered for a group is over: the same orders may be given anew.</summary>
    public void Forget(GroupId group)
    {
        if (_entries.Remove(group, out List<Entry>? gone))
        {
            gone.ForEach(entry => _open.Remove(entry.Open));
        }
    }

    public void Clear()
    {
        _entries.Clear();
        _open.Clear();
    }

    private Entry? Find(NodeId node, NodeOrder order) =>
        _entries.TryGetValue(order.Group, out List<Entry>? entries) ? entries.Find(entry => entry.Node == node && entry.Order.GetType() == order.GetType()) : null;

    private List<Entry> Of(GroupId group)
    {
        if (!_entries.TryGetValue(group, out List<Entry>? entries))
        {
            _entries.Add(group, entries = []);
        }

        return entries;
    }

    private void Remove(Entry entry)
    {
        _open.Remove(entry.Open);
        _entries[entry.Order.Group].Remove(entry);
    }

    private TimeSpan Pause(int tries)
    {
        TimeSpan pause = policy.ShortestRetry;
        for (int i = 1; i < tries && pause < policy.LongestRetry; i++)
        {
            pause *= 2;
        }

        return pause < policy.LongestRetry ? pause : policy.LongestRetry;
    }
}
