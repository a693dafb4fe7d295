using System.Buffers;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// Asks the config group for one thing after the other, in a session, and repeats what is not answered. What it was told is compared with what the trunk says at
/// that place.
/// </summary>
internal sealed class SpaceOperator(SpaceRun run, ConfigBook book, SeededRandom random)
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(6);
    private readonly Queue<ConfigCommand> _waiting = new();
    private readonly List<(ConfigCommand Command, CommandPlace Place, ConfigResult Result)> _told = [];
    private ConfigCommand? _current;
    private ulong _nonce;
    private SessionId _session;
    private CommandSequence _sequence = new(1);
    private CommandSequence _completed;
    private byte[] _encoded = [];
    private WorldTime _deadline;
    private ulong _attempt;
    private bool _attemptOpen;
    private int _leader = -1;

    public bool IsIdle => _current is null && _waiting.Count == 0;

    public ConfigCommand? Current => _current;

    /// <summary>How often the config group said yes.</summary>
    public int Granted { get; private set; }

    public void Ask(ConfigCommand command)
    {
        _waiting.Enqueue(command);
        if (_current is null)
        {
            Next();
        }
    }

    /// <summary>Waiting wishes are forgotten.</summary>
    public void Rest() => _waiting.Clear();

    public void OnReply(ulong attempt, int node, ClientReply reply)
    {
        if (attempt != _attempt || !_attemptOpen || _current is null)
        {
            return;
        }

        _attemptOpen = false;
        switch (reply)
        {
            case ClientReply.Applied applied when _session.IsNone:
                _leader = node;
                if (applied.Status == CommandStatus.Applied && SessionOpened.TryRead(applied.Result, out SessionOpened opened))
                {
                    _session = opened.Session;
                    _sequence = new CommandSequence(1);
                    _completed = default;
                }

                Name();
                break;
            case ClientReply.Applied { Status: CommandStatus.Applied } applied:
                _leader = node;
                Told(applied);
                break;
            case ClientReply.Applied:
                _session = default;
                End();
                break;
            case ClientReply.Refused { Leader.Node: var hint } when hint != default && (int)hint.Value - 1 != node:
                _leader = (int)hint.Value - 1;
                Retry();
                break;
            default:
                _leader = -1;
                Retry();
                break;
        }
    }

    /// <summary>What was answered is what the trunk says.</summary>
    public void Judge()
    {
        foreach ((ConfigCommand command, CommandPlace place, ConfigResult result) in _told)
        {
            if (book.ResultAt(place) is not { } decided || decided != result)
            {
                run.Find(SpaceRun.ConfigGroup)!.Observatory.Report(Symptom.WrongResult, InvariantNames.ExactlyOnce,
                    $"the operator was told that {command} led to {result} at {place}, where the trunk gives {book.ResultAt(place)?.ToString() ?? "no effect"}");
            }
        }
    }

    private void Next()
    {
        if (_waiting.TryDequeue(out ConfigCommand? next))
        {
            _current = next;
            _deadline = run.Events.Now + Deadline;
            run.Trace?.Note($"-- an operator asks for {next}");
            Name();
        }
    }

    private void Name()
    {
        if (_session.IsNone)
        {
            _nonce = random.NextBits() | 1;
            _encoded = Encode(new CommandView { Session = new SessionId(_nonce), Kind = CommandKind.OpenSession });
        }
        else
        {
            _encoded = Encode(new CommandView { Session = _session, Sequence = _sequence, CompletedThrough = _completed, Payload = ConfigCodec.Encode(_current!) });
        }

        Attempt();
    }

    private void Told(ClientReply.Applied applied)
    {
        _completed = _sequence;
        _sequence = _sequence.Next;
        if (ConfigCodec.TryRead(applied.Result, out ConfigResult? result, out _))
        {
            _told.Add((_current!, applied.Place, result));
            Granted += result.Outcome == ConfigOutcome.Done ? 1 : 0;
            run.Trace?.Note($"-- the operator hears {result}");
        }

        End();
    }

    private void End()
    {
        _current = null;
        Next();
    }

    private void Attempt()
    {
        int asked = _leader < 0 ? random.Below(run.Plan.Nodes) : _leader;
        ulong attempt = ++_attempt;
        _attemptOpen = true;
        run.Ask(run.DriverSource, attempt, asked, SpaceRun.ConfigGroup, _encoded, ConsistencyLevel.StrongWrite);
        run.After(AttemptTimeout, () =>
        {
            if (attempt == _attempt && _attemptOpen)
            {
                _attemptOpen = false;
                _leader = -1;
                Retry();
            }
        });
    }

    private void Retry()
    {
        if (run.Events.Now >= _deadline)
        {
            // Whether it was done is unknown, and nobody asks under this name again.
            _sequence = _session.IsNone ? _sequence : _sequence.Next;
            End();
            return;
        }

        ulong attempt = _attempt;
        run.After(RetryPause, () =>
        {
            if (attempt == _attempt && !_attemptOpen && _current is not null)
            {
                Attempt();
            }
        });
    }

    private static byte[] Encode(in CommandView command)
    {
        var bytes = new ArrayBufferWriter<byte>(command.EncodedBytes);
        command.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
