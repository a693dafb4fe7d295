using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Client;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Counts, and throws on a negative step where it is told to: a machine with a fault that not all replicas have.</summary>
internal sealed class FragileCounter(bool isFragile) : StateMachine<int, int>
{
    private int _sum;

    public static StateMachineRegistry Register(bool isFragile) => StateMachineRegistry.WithBuiltIns().Add("fragile", () => new FragileCounter(isFragile));

    public static MachineClient<int, int, NoQuery, NoAnswer> Of(ActorPhysicsClient client) => new(client, TestCluster.FirstGroup);

    public override int Apply(in ApplyContext context, int command)
    {
        if (isFragile && command < 0)
        {
            throw new InvalidOperationException("a negative step");
        }

        _sum += command;
        return _sum;
    }

    public override IStateCapture Capture() => StateCapture.JsonNow(_sum);

    public override void Restore(Stream snapshot) => _sum = StateCapture.ReadJson<int>(snapshot);
}
