using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>Takes what an expansion finds, in an order that is the same in every run.</summary>
internal interface IExpansionSink
{
    /// <param name="words">The state after the action; valid during the call.</param>
    void OnState(ReadOnlySpan<int> words, ulong key, in SearchAction action);

    void OnViolation(in SearchAction action, InvariantViolationException violation);
}

/// <summary>Finds all that can happen next in a state of the group. One per worker.</summary>
internal sealed class Expander(ExplorationScope scope, StateLayout layout, LocalSearch search)
{
    // More than any step writes; the last one has nothing more to lose.
    private const int MostRecordsOfAStep = 15;
    private readonly int[] _next = new int[layout.Words];
    private readonly ulong[] _sums = new ulong[search.RenamingCount];
    private readonly bool _remembers = scope.Network == NetworkModel.Unreliable;
    private bool[] _spoken = new bool[64];
    private SearchMessage[] _bag = new SearchMessage[64];
    private MessagePool _pool = search.PoolOf([]);
    private int _bagged;

    public void Expand(ReadOnlySpan<int> state, int index, IExpansionSink sink)
    {
        var budgets = new SearchBudgets(state[layout.Budgets]);
        _pool = _remembers ? search.Pools[state[layout.Pool]] : _pool;
        for (int place = 0; place < layout.Replicas; place++)
        {
            LocalState replica = search.Replicas[state[place]];
            Deliver(state, index, place, replica, budgets, sink);
            Act(state, index, place, replica, budgets, sink);
        }

        if (!_remembers && budgets.Drops < scope.Drops)
        {
            Lose(state, index, budgets, sink);
        }
    }

    /// <summary>The state in which everything begins.</summary>
    public (int[] Words, ulong Key) Begin()
    {
        for (int place = 0; place < layout.Replicas; place++)
        {
            _next[place] = search.First[place].Number;
        }

        _next[layout.Ledger] = search.FirstLedger.Number;
        _next[layout.Budgets] = 0;
        _next[layout.Parent] = -1;
        _bagged = 0;
        return (_next, Seal());
    }

    private void Deliver(ReadOnlySpan<int> state, int index, int place, LocalState replica, SearchBudgets budgets, IExpansionSink sink)
    {
        if (_remembers)
        {
            foreach (SearchMessage message in _pool.Messages)
            {
                if (message.Receiver == place)
                {
                    TakeOrDie(state, index, place, replica, new LocalAction(LocalActionKind.Deliver, message.Number), budgets, sink, message.Number);
                }
            }

            return;
        }

        int former = StateLayout.NoMessage;
        for (int slot = layout.Messages; slot < layout.Parent && state[slot] != StateLayout.NoMessage; slot++)
        {
            int number = state[slot];
            SearchMessage message = search.Messages[number];
            if (number == former || message.Receiver != place)
            {
                continue;
            }

            former = number;
            var local = new LocalAction(LocalActionKind.Deliver, number);
            Outcome outcome = search.OutcomeOf(replica, local);
            Follow(state, index, new SearchAction(place, local, number, MessageFate.Arrives), outcome, slot, budgets, sink);
            Die(state, index, place, replica, local, budgets, sink, number, slot);
            if (budgets.Duplicates < scope.Duplicates)
            {
                Follow(state, index, new SearchAction(place, local, number, MessageFate.ArrivesAndStays), outcome, -1, budgets.WithDuplicate, sink);
            }
        }
    }

    private void Act(ReadOnlySpan<int> state, int index, int place, LocalState replica, SearchBudgets budgets, IExpansionSink sink)
    {
        int writes = replica.Image.Journal.Pending.Length;
        if (writes > 0)
        {
            Take(state, index, place, replica, new LocalAction(LocalActionKind.Sync, 1), budgets, sink);
        }

        if (writes > 1)
        {
            Take(state, index, place, replica, new LocalAction(LocalActionKind.Sync, writes), budgets, sink);
        }

        if (replica.Role != LineRole.Leader)
        {
            TakeOrDie(state, index, place, replica, new LocalAction(LocalActionKind.Campaign, 0), budgets, sink);
        }
        else
        {
            if (budgets.Commands < scope.Commands)
            {
                TakeOrDie(state, index, place, replica, new LocalAction(LocalActionKind.Write, 0), budgets.WithCommand, sink);
            }

            if (scope.Replaced > 0 && budgets.Changes < scope.Changes)
            {
                TakeOrDie(state, index, place, replica, new LocalAction(LocalActionKind.Change, 0), budgets.WithChange, sink);
            }

            if (budgets.Heartbeats < scope.Heartbeats)
            {
                Take(state, index, place, replica, new LocalAction(LocalActionKind.Heartbeat, 0), budgets.WithHeartbeat, sink);
                Take(state, index, place, replica, new LocalAction(LocalActionKind.Heartbeat, 1), budgets.WithHeartbeat, sink);
            }
        }

        if (budgets.Crashes < scope.Crashes)
        {
            for (int surviving = 0; surviving <= replica.PendingRecords; surviving++)
            {
                Take(state, index, place, replica, new LocalAction(LocalActionKind.Restart, surviving), budgets.WithCrash, sink);
            }
        }
    }

    /// <summary>The action, and the action with a death before what it wrote is durable.</summary>
    private void TakeOrDie(
        ReadOnlySpan<int> state, int index, int place, LocalState replica, LocalAction action, SearchBudgets budgets, IExpansionSink sink, int message = StateLayout.NoMessage)
    {
        Follow(state, index, new SearchAction(place, action, message, MessageFate.Arrives), search.OutcomeOf(replica, action), -1, budgets, sink);
        Die(state, index, place, replica, action, budgets, sink, message, -1);
    }

    private void Die(
        ReadOnlySpan<int> state, int index, int place, LocalState replica, LocalAction action, SearchBudgets budgets, IExpansionSink sink, int message, int consumed)
    {
        if (scope.DiskLag || budgets.Crashes >= scope.Crashes)
        {
            return;
        }

        for (int surviving = 0; surviving < MostRecordsOfAStep; surviving++)
        {
            LocalAction death = action with { Surviving = surviving };
            Outcome outcome = search.OutcomeOf(replica, death);
            if (outcome is { Next: null, Violation: null })
            {
                return;
            }

            Follow(state, index, new SearchAction(place, death, message, MessageFate.Arrives), outcome, consumed, budgets.WithCrash, sink);
        }
    }

    private void Take(ReadOnlySpan<int> state, int index, int place, LocalState replica, LocalAction action, SearchBudgets budgets, IExpansionSink sink) =>
        Follow(state, index, new SearchAction(place, action, StateLayout.NoMessage, MessageFate.Arrives), search.OutcomeOf(replica, action), -1, budgets, sink);

    private void Lose(ReadOnlySpan<int> state, int index, SearchBudgets budgets, IExpansionSink sink)
    {
        int former = StateLayout.NoMessage;
        for (int slot = layout.Messages; slot < layout.Parent && state[slot] != StateLayout.NoMessage; slot++)
        {
            if (state[slot] == former)
            {
                continue;
            }

            former = state[slot];
            state[..layout.Messages].CopyTo(_next);
            Bag(state, without: slot);
            _next[layout.Parent] = index;
            _next[layout.Budgets] = budgets.WithDrop.Packed;
            ulong key = Seal();
            sink.OnState(_next, key, new SearchAction(search.Messages[former].Receiver, default, former, MessageFate.IsLost));
        }
    }

    /// <summary>Puts the group's next state together: one replica's outcome, and everybody else as they were.</summary>
    private void Follow(ReadOnlySpan<int> state, int index, in SearchAction action, Outcome outcome, int consumed, SearchBudgets budgets, IExpansionSink sink)
    {
        if (outcome.Violation is { } violation)
        {
            sink.OnViolation(action, violation);
            return;
        }

        if (outcome.Next is not { } replica || (_remembers && replica.Number == state[action.Replica] && !BringsNews(outcome)))
        {
            return;
        }

        state[..layout.Messages].CopyTo(_next);
        _next[action.Replica] = replica.Number;
        _next[layout.Parent] = index;
        try
        {
            Ledger ledger = search.Ledgers[state[layout.Ledger]];
            _next[layout.Ledger] = replica.Number == state[action.Replica] ? ledger.Number : Turned(ledger, replica).Number;
        }
        catch (InvariantViolationException contradiction)
        {
            sink.OnViolation(action, contradiction);
            return;
        }

        Bag(state, consumed);
        foreach (SearchMessage sent in outcome.Sends)
        {
            Put(sent);
        }

        _next[layout.Budgets] = budgets.Packed;
        BuryTheDead();
        if (_remembers || _bagged <= layout.InFlight)
        {
            ulong key = Seal();
            sink.OnState(_next, key, action);
        }
    }

    /// <summary>Through which epoch nobody can be elected any more, because those who promised later ones meet every election quorum.</summary>
    private int ClosedEpochs()
    {
        int closed = 0;
        for (; closed < scope.Epochs && scope.Reductions; closed++)
        {
            foreach (QuorumSystem quorums in search.Electors)
            {
                if (!quorums.MeetsEveryElectionQuorum(PromisedBeyond(closed + 1, quorums)))
                {
                    return closed;
                }
            }
        }

        return closed;
    }

    private MemberSet PromisedBeyond(int epoch, QuorumSystem quorums)
    {
        MemberSet beyond = MemberSet.Empty;
        for (int place = 0; place < layout.Replicas; place++)
        {
            LocalState replica = search.Replicas[_next[place]];
            int position = (int)replica.Promised.Value > epoch ? quorums.PositionOf(replica.Image.Id) : -1;
            beyond = position < 0 ? beyond : beyond.With(position);
        }

        return beyond;
    }

    private Ledger Turned(Ledger ledger, LocalState replica)
    {
        int closed = ClosedEpochs();
        var firstLead = new LeaderEpoch((ulong)closed + 1);
        for (int place = 0; place < layout.Replicas; place++)
        {
            LocalState each = search.Replicas[_next[place]];
            firstLead = each.Role is LineRole.Leader or LineRole.Candidate && each.Epoch < firstLead ? each.Epoch : firstLead;
        }

        return search.Turn(ledger, replica, closed, firstLead);
    }

    private bool BringsNews(Outcome outcome)
    {
        foreach (SearchMessage sent in outcome.Sends)
        {
            if (Array.IndexOf(_pool.Messages, sent) < 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Bag(ReadOnlySpan<int> state, int without)
    {
        _bagged = 0;
        if (_remembers)
        {
            _bagged = _pool.Messages.Length;
            MakeRoom(_bagged);
            _pool.Messages.CopyTo(_bag, 0);
            return;
        }

        for (int slot = layout.Messages; slot < layout.Parent && state[slot] != StateLayout.NoMessage; slot++)
        {
            if (slot != without)
            {
                _bag[_bagged++] = search.Messages[state[slot]];
            }
        }
    }

    /// <summary>Keeps the bag in the order of fingerprints, which is the same in every run.</summary>
    private void Put(SearchMessage message)
    {
        if (_remembers && Array.IndexOf(_bag, message, 0, _bagged) >= 0)
        {
            return;
        }

        MakeRoom(_bagged + 1);
        int slot = _bagged++;
        for (; slot > 0 && _bag[slot - 1].Identity > message.Identity; slot--)
        {
            _bag[slot] = _bag[slot - 1];
        }

        _bag[slot] = message;
    }

    private void MakeRoom(int messages)
    {
        if (messages > _bag.Length)
        {
            Array.Resize(ref _bag, messages * 2);
            Array.Resize(ref _spoken, messages * 2);
        }
    }

    /// <summary>Takes out what can change nothing any more.</summary>
    private void BuryTheDead()
    {
        var budgets = new SearchBudgets(_next[layout.Budgets]);
        bool nobodyDies = budgets.Crashes == scope.Crashes && budgets.Heartbeats == scope.Heartbeats;
        int alive = 0;
        for (int slot = 0; slot < _bagged; slot++)
        {
            SearchMessage message = _bag[slot];
            LocalState receiver = search.Replicas[_next[message.Receiver]];
            if (!message.IsLateVote(receiver) && !(scope.Reductions && (message.IsDead(receiver, scope.Refusals) || (nobodyDies && receiver.Role == LineRole.Retired))))
            {
                _bag[alive++] = message;
            }
        }

        _bagged = alive;
        if (scope.DiskLag || !scope.Reductions)
        {
            return;
        }

        // What somebody heard for good is judged by the whole bag, so it goes in a second round.
        int left = 0;
        for (int slot = 0; slot < alive; slot++)
        {
            SearchMessage message = _bag[slot];
            _spoken[slot] = message.CanBeHeard && IsHeard(message, alive, nobodyDies);
        }

        for (int slot = 0; slot < alive; slot++)
        {
            if (!_spoken[slot])
            {
                _bag[left++] = _bag[slot];
            }
        }

        _bagged = left;
    }

    /// <summary>Whether the message tells its receiver nothing, now and ever after: the state stays, and all answers are under way.</summary>
    private bool IsHeard(SearchMessage message, int alive, bool nobodyDies)
    {
        LocalState receiver = search.Replicas[_next[message.Receiver]];
        if (message.Epoch != receiver.Promised)
        {
            return false;
        }

        Outcome outcome = search.OutcomeOf(receiver, new LocalAction(LocalActionKind.Deliver, message.Number));
        if (outcome.Next is not { } next || next.Number != receiver.Number)
        {
            return false;
        }

        foreach (SearchMessage answer in outcome.Sends)
        {
            // Where messages are counted, one more of a kind is more than none.
            bool isUnderWay = _remembers && Array.IndexOf(_bag, answer, 0, alive) >= 0;
            if (!isUnderWay && !answer.IsDead(search.Replicas[_next[answer.Receiver]], scope.Refusals))
            {
                return false;
            }
        }

        return message.IsHeardForGood(receiver, outcome.Sends, nobodyDies);
    }

    /// <summary>Writes the messages down, and gives the key: the smallest that any renaming of the replicas leads to.</summary>
    private ulong Seal()
    {
        var budgets = new SearchBudgets(_next[layout.Budgets]);
        Span<ulong> sums = _sums;
        search.Ledgers[_next[layout.Ledger]].Keys.CopyTo(sums);
        MootPoints restart = budgets.Crashes < scope.Crashes || !scope.Reductions ? MootPoints.None : MootPoints.Restart;
        for (int place = 0; place < layout.Replicas; place++)
        {
            LocalState replica = search.Replicas[_next[place]];
            Accumulate(sums, replica.KeysWhen(restart | (IsOfficeOver(place, replica, budgets) ? MootPoints.Office : MootPoints.None)));
        }

        if (_remembers)
        {
            ReadOnlySpan<SearchMessage> bag = _bag.AsSpan(0, _bagged);
            MessagePool pool = bag.SequenceEqual(_pool.Messages) ? _pool : search.PoolOf(bag);
            _next[layout.Pool] = pool.Number;
            Accumulate(sums, pool.Keys);
        }

        for (int slot = 0; slot < layout.InFlight && !_remembers; slot++)
        {
            bool present = slot < _bagged;
            _next[layout.Messages + slot] = present ? _bag[slot].Number : StateLayout.NoMessage;
            if (present)
            {
                Accumulate(sums, _bag[slot].Keys);
            }
        }

        ulong least = ulong.MaxValue;
        foreach (ulong sum in sums)
        {
            least = Math.Min(least, sum);
        }

        // Zero marks a free slot of the table.
        ulong key = (least ^ ((ulong)budgets.Packed * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
        key ^= key >> 32;
        return key == 0 ? 1 : key;
    }

    /// <summary>
    /// Whether nobody follows the leader any more and nothing of its epoch is under way to it: it can neither commit nor be answered again, and
    /// what it sends is dead at once.
    /// </summary>
    private bool IsOfficeOver(int leader, LocalState replica, SearchBudgets budgets)
    {
        if (!scope.Reductions || replica.Role != LineRole.Leader || scope.Refusals || scope.DiskLag || budgets.Heartbeats < scope.Heartbeats)
        {
            return false;
        }

        for (int place = 0; place < layout.Replicas; place++)
        {
            if (place != leader && search.Replicas[_next[place]].Promised <= replica.Epoch)
            {
                return false;
            }
        }

        for (int slot = 0; slot < _bagged; slot++)
        {
            if (_bag[slot].Receiver == leader && _bag[slot].Epoch == replica.Epoch)
            {
                return false;
            }
        }

        return true;
    }

    private static void Accumulate(Span<ulong> sums, ulong[] keys)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += keys[i];
        }
    }
}
