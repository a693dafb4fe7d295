using System.Buffers;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>What simulated clients do with a user's machine, and who judges the answers.</summary>
internal sealed class MachineWorkload<TCommand, TResult, TQuery, TAnswer>(TestSetup<TCommand, TResult, TQuery, TAnswer> setup) : IWorkload
{
    public string Name => setup.Name;
    public StateMachineDefinition Machine { get; } = setup.Define(setup.Create);
    public bool HasQueries => setup.Ask is not null;

    public DrawnOperation Draw(SeededRandom random, int client, ulong number, bool read)
    {
        var payload = new ArrayBufferWriter<byte>();
        if (read && setup.Ask is { } ask)
        {
            TQuery query = ask(random, client, number);
            setup.Codecs.Query.Encode(query, payload);
            return new DrawnOperation(query!, payload.WrittenSpan.ToArray(), IsQuery: true);
        }

        TCommand command = setup.Draw!(random, client, number);
        setup.Codecs.Command.Encode(command, payload);
        return new DrawnOperation(command!, payload.WrittenSpan.ToArray(), IsQuery: false);
    }

    public Judgement Judge(ClientHistory history)
    {
        StateMachine<TCommand, TResult, TQuery, TAnswer> machine = setup.Create();
        var model = new MachineModel<TCommand, TResult, TQuery, TAnswer>(machine, setup.Define(() => machine).Create(), setup.Rules);
        return new Judgement(new TrunkJudge(setup.Specify is { } specify ? specify(model) : model, history).Judge());
    }
}
