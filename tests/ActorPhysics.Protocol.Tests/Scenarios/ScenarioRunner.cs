using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>Plays a scenario line by line. tests/scenarios/README.md says what each line means.</summary>
internal sealed class ScenarioRunner(Action<string>? trace = null)
{
    private readonly ScenarioSetup _setup = new();
    private readonly Dictionary<string, LineMessage> _kept = [];
    private Cluster? _cluster;

    public Cluster Cluster => _cluster ??= _setup.Build(trace);

    /// <exception cref="ScenarioException">It did not go as it says; the message names the line.</exception>
    public void Play(ScenarioFile scenario)
    {
        foreach (ScenarioLine line in scenario.Lines)
        {
            trace?.Invoke($"== {line.Number}: {line.Text}");
            try
            {
                Play(line);
            }
            catch (Exception failure) when (failure is ScenarioException or InvariantViolationException)
            {
                throw new ScenarioException($"{scenario.Name}.scenario, line {line.Number}: {line.Text}\n  {failure.Message}\n{failure.StackTrace}");
            }
        }
    }

    private void Play(ScenarioLine line)
    {
        var words = new Words(line);
        if (_cluster is null && _setup.TryTake(words))
        {
            words.End();
            return;
        }

        string command = words.Next("command");
        if (command == "expect")
        {
            new ScenarioExpectations(Cluster).Check(words);
        }
        else if (!TryNetwork(command, words) && !TryProcess(command, words) && !TryTime(command, words) && !TryRequest(command, words))
        {
            throw new ScenarioException($"there is no command {command}");
        }

        words.End();
    }

    private bool TryNetwork(string command, Words words)
    {
        switch (command)
        {
            case "settle":
                Cluster.Settle();
                return true;
            case "deliver":
                Taken(words.Messages()).ForEach(Cluster.Deliver);
                return true;
            case "drop" when words.Take("all"):
                Cluster.Network.TakeAll(_ => true);
                return true;
            case "drop":
                Taken(words.Messages());
                return true;
            case "duplicate":
                Taken(words.Messages()).ForEach(message =>
                {
                    Cluster.Network.Return(message);
                    Cluster.Network.Return(message);
                });
                return true;
            case "reverse":
                List<LineMessage> reversed = Taken(words.Messages());
                reversed.Reverse();
                reversed.ForEach(Cluster.Network.Return);
                return true;
            case "keep":
                Predicate<LineMessage> which = words.Messages();
                words.Expect("as");
                _kept[words.Next("name")] = Taken(which)[^1];
                return true;
            case "replay":
                Cluster.Deliver(_kept[words.Next("name of a kept message")]);
                return true;
            case "partition":
                Cluster.Partition([.. words.Rest().Select(Words.Set)]);
                return true;
            case "isolate":
                Cluster.Isolate(Replica(words).Number);
                return true;
            case "block":
                Cluster.Network.Block(Replica(words).Id, Replica(words).Id);
                return true;
            case "heal":
                Cluster.Heal();
                return true;
            case "connect" or "disconnect":
                Cluster.Connect(Replica(words).Id, Replica(words).Id, up: command == "connect");
                return true;
            default:
                return false;
        }
    }

    private bool TryProcess(string command, Words words)
    {
        switch (command)
        {
            case "crash":
                Replica(words).Crash(words.Take("keeping") ? words.Number("records") : 0);
                return true;
            case "join":
                Cluster.Join(words.Number("replica"));
                return true;
            case "restart":
                Cluster.Start(Replica(words));
                return true;
            case "damage":
                SimulatedReplica damaged = Replica(words);
                words.Expect("keeping");
                damaged.Journal.Damage(words.Number("records"), words.Take("losing-its-promise"));
                return true;
            case "hold" or "release":
                Hold(words, command == "hold");
                return true;
            case "persist":
                SimulatedReplica persisting = Replica(words);
                ulong records = words.Take("only") ? (ulong)words.Number("records") : persisting.Journal.Written.Value - persisting.Journal.Durable.Value;
                persisting.Persist(new(persisting.Journal.Durable.Value + records));
                return true;
            case "apply":
                Replica(words).Apply();
                return true;
            case "work-storage":
                Replica(words).WorkStorage();
                return true;
            case "fail-snapshots":
                Cluster.FailsCaptures = words.Next("on or off") == "on";
                return true;
            default:
                return false;
        }
    }

    private bool TryTime(string command, Words words)
    {
        switch (command)
        {
            case "wait":
                Cluster.Advance(words.Time());
                return true;
            case "run":
                Cluster.Run(words.Time());
                return true;
            case "campaign":
                Cluster.Campaign(Replica(words));
                return true;
            case "elect":
                Cluster.Elect(Replica(words).Number);
                return true;
            case "heartbeat":
                Cluster.Heartbeat(Replica(words).Number);
                return true;
            case "fire":
                SimulatedReplica replica = Replica(words);
                replica.Fire(words.Next("timer") == "election" ? LineTimer.Election : LineTimer.Heartbeat);
                return true;
            default:
                return false;
        }
    }

    private bool TryRequest(string command, Words words)
    {
        switch (command)
        {
            case "write":
                int writer = Replica(words).Number;
                foreach (string text in words.Rest())
                {
                    Cluster.Write(writer, text);
                }

                return true;
            case "read":
                int reader = Replica(words).Number;
                ReadLevel level = Enum.Parse<ReadLevel>(words.Next("level"), ignoreCase: true);
                words.Expect("as");
                Cluster.Read(reader, level, words.Next("name"));
                return true;
            case "change":
                int changer = Replica(words).Number;
                words.Expect("to");
                IReadOnlyList<ReplicaId> voters = Words.Set(words.Next("set of voters"));
                IReadOnlyList<ReplicaId> learners = words.Take("learners") ? Words.Set(words.Next("set of learners")) : [];
                ConfigEpoch? expected = words.Take("expecting") ? new ConfigEpoch((ulong)words.Number("ConfigEpoch")) : null;
                words.Expect("as");
                Cluster.Change(changer, words.Next("name"), voters, learners, expected);
                return true;
            case "transfer":
                int from = Replica(words).Number;
                words.Expect("to");
                ReplicaId target = words.Take("anyone") ? ReplicaId.None : Replica(words).Id;
                words.Expect("as");
                Cluster.Transfer(from, target, words.Next("name"));
                return true;
            default:
                return false;
        }
    }

    private void Hold(Words words, bool held)
    {
        string what = words.Next("disk, apply or storage");
        SimulatedReplica replica = Replica(words);
        switch (what)
        {
            case "disk":
                replica.HoldsDisk = held;
                break;
            case "apply":
                replica.HoldsApply = held;
                break;
            case "storage":
                replica.HoldsStorage = held;
                break;
            default:
                throw new ScenarioException($"{what} cannot be held");
        }

        replica.Resume();
    }

    private SimulatedReplica Replica(Words words) => words.Replica(Cluster);

    private List<LineMessage> Taken(Predicate<LineMessage> which)
    {
        List<LineMessage> taken = Cluster.Network.TakeAll(which);
        return taken.Count > 0 ? taken : throw new ScenarioException("no such message is under way: " + string.Join("; ", Cluster.Network.InFlight.Select(Describe.Of)));
    }
}
