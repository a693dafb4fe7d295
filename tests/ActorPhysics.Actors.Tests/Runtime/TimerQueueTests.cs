using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.Tests.Runtime;

public sealed class TimerQueueTests : ITimerTarget, ILoopFaultListener
{
    private readonly TimerQueue _timers = new();
    private readonly List<ulong> _fired = [];
    private readonly List<Exception> _faults = [];
    private readonly Dictionary<ulong, Action<TimerHandle>> _reactions = [];

    [Fact]
    public void Timers_fire_by_due_time_and_equal_ones_in_the_order_they_were_set()
    {
        Set(30, 1);
        Set(10, 2);
        Set(20, 3);
        Set(10, 4);
        Set(10, 5);
        Assert.Equal(new MonotonicTime(10), _timers.NextDue);
        Assert.Equal(5, Fire(30));
        Assert.Equal([2, 4, 5, 3, 1], _fired);
        Assert.Equal(MonotonicTime.Never, _timers.NextDue);
    }

    [Fact]
    public void Nothing_fires_before_it_is_due()
    {
        Set(10, 1);
        Assert.Equal(0, Fire(9));
        Assert.Equal(1, Fire(10));
    }

    [Fact]
    public void A_cancelled_timer_does_not_fire_and_can_be_cancelled_once()
    {
        TimerHandle first = Set(10, 1);
        Set(10, 2);
        Assert.True(_timers.Cancel(first));
        Assert.False(_timers.Cancel(first));
        Fire(10);
        Assert.Equal([2], _fired);
    }

    [Fact]
    public void A_spent_handle_never_cancels_the_timer_that_took_its_place()
    {
        TimerHandle spent = Set(10, 1);
        Fire(10);
        Set(20, 2);
        Assert.False(_timers.Cancel(spent));
        Assert.False(_timers.Cancel(TimerHandle.None));
        Fire(20);
        Assert.Equal([1, 2], _fired);
    }

    [Fact]
    public void A_timer_set_while_firing_waits_for_the_next_call_even_if_due()
    {
        _reactions[1] = _ => Set(5, 1);
        Set(5, 1);
        Assert.Equal(1, Fire(10));
        Assert.Equal(1, Fire(10));
        Assert.Equal([1, 1], _fired);
    }

    [Fact]
    public void A_timer_cancelled_by_one_that_fires_before_it_does_not_fire()
    {
        TimerHandle victim = default;
        _reactions[1] = _ => Assert.True(_timers.Cancel(victim));
        Set(10, 1);
        victim = Set(10, 2);
        Fire(10);
        Assert.Equal([1], _fired);
    }

    [Fact]
    public void A_firing_timers_own_handle_is_spent_already()
    {
        _reactions[1] = handle => Assert.False(_timers.Cancel(handle));
        Set(10, 1);
        Fire(10);
        Assert.Empty(_faults);
        Assert.Equal([1], _fired);
    }

    [Fact]
    public void A_target_that_throws_is_reported_and_the_others_still_fire()
    {
        _reactions[1] = _ => throw new InvalidOperationException();
        Set(10, 1);
        Set(10, 2);
        Fire(10);
        Assert.Equal([1, 2], _fired);
        Assert.Single(_faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_sets_and_cancels_fire_as_a_sorted_list_would(int seed)
    {
        var random = new Random(seed);
        var model = new List<(long Due, ulong Order, TimerHandle Handle)>();
        for (ulong order = 0; order < 2000; order++)
        {
            if (model.Count > 0 && random.Next(3) == 0)
            {
                int victim = random.Next(model.Count);
                Assert.True(_timers.Cancel(model[victim].Handle));
                model.RemoveAt(victim);
            }
            else
            {
                long due = random.Next(100);
                model.Add((due, order, Set(due, order)));
            }

            if (random.Next(50) == 0)
            {
                FireAndCompare(model, random.Next(50));
            }
        }

        FireAndCompare(model, 100);
        Assert.Equal(0, _timers.Count);
    }

    void ITimerTarget.TimerFired(TimerHandle timer, ulong tag)
    {
        _fired.Add(tag);
        if (_reactions.TryGetValue(tag, out Action<TimerHandle>? reaction))
        {
            reaction(timer);
        }
    }

    void ILoopFaultListener.LoopFault(object source, Exception fault) => _faults.Add(fault);

    private TimerHandle Set(long due, ulong tag) => _timers.Set(new MonotonicTime(due), this, tag);

    private int Fire(long now) => _timers.FireDue(new MonotonicTime(now), this);

    private void FireAndCompare(List<(long Due, ulong Order, TimerHandle Handle)> model, long now)
    {
        ulong[] expected = model.Where(t => t.Due <= now).OrderBy(t => t.Due).ThenBy(t => t.Order).Select(t => t.Order).ToArray();
        _fired.Clear();
        Fire(now);
        Assert.Equal(expected, _fired);
        model.RemoveAll(t => t.Due <= now);
    }
}
