using System.Globalization;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Actors.Tests.StateMachines.Handoffs;

/// <summary>
/// Three groups, clients that send the same command to any of them at any time, messages that are late and come twice, splits and merges in the middle,
/// replicas that restart, sessions that are evicted: no key is owned twice or lost, and no command takes effect twice.
/// </summary>
[Trait("Seed", "5.5")]
[Trait("Pitfall", "46")]
[Trait("Pitfall", "47")]
public sealed class HandoffPropertyTests
{
    public static TheoryData<int, ShardingKind> Seeds
    {
        get
        {
            var data = new TheoryData<int, ShardingKind>();
            for (int seed = 1; seed <= 40; seed++)
            {
                data.Add(seed, seed % 2 == 0 ? ShardingKind.Hash : ShardingKind.Ordered);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_key_has_one_owner_and_every_command_takes_effect_once(int seed, ShardingKind kind)
    {
        var world = new World(seed, kind);
        for (int step = 0; step < 2500; step++)
        {
            world.Step();
        }

        world.Finish();
        Assert.True(world.Handoffs > 10 && world.Acknowledged > 60, $"only {world.Handoffs} handoffs and {world.Acknowledged} acknowledgements");
    }

    private sealed class World
    {
        private static readonly SessionLimits Tight = new() { MaxSessions = 8, WindowCommands = 16, IdleTimeoutMs = 900, MaxRetainedBytes = 6000 };
        private static readonly string[] Letters = [.. Enumerable.Range('a', 16).Select(letter => ((char)letter).ToString())];

        private readonly Random _random;
        private readonly ShardingKind _kind;
        private readonly ShardReplica[] _groups;
        private readonly List<(SessionId Session, ulong Next)> _sessions = [];
        private readonly List<Command> _bag = [];
        private readonly Dictionary<int, Told> _first = [];
        private readonly Dictionary<int, string> _keys = [];
        private ulong _version = ShardMapVersion.Founding.Value;
        private ulong _handoff;
        private ulong _nonce;
        private int _operation;
        private (HandOut Order, ShardReplica Giver, ShardReplica Taker)? _moving;

        public World(int seed, ShardingKind kind)
        {
            _random = new Random(seed);
            _kind = kind;
            _groups =
            [
                Group(1, KeyRange.All),
                Group(2, null),
                Group(3, null),
            ];
            ShardReplica Group(ulong id, KeyRange? range) => new(LedgerMachine.Definition, new GroupId(id), ShardReplica.Keys(range, kind), Tight);
        }

        public int Handoffs { get; private set; }
        public int Acknowledged => _first.Count;

        public void Step()
        {
            foreach (ShardReplica group in _groups)
            {
                group.Now += (ulong)_random.Next(4);
            }

            switch (_random.Next(12))
            {
                case 0:
                    OpenSession();
                    break;
                case 1 or 2:
                    MoveKeys();
                    break;
                case 3 when _random.Next(6) == 0:
                    Any(_groups).Restart();
                    break;
                case 3 or 4 or 5 or 6 when _sessions.Count > 0:
                    SendNew();
                    break;
                default:
                    Deliver();
                    break;
            }

            CheckOwners();
        }

        public void Finish()
        {
            for (int tries = 0; _moving is not null; tries++)
            {
                Assert.True(tries < 1000, "the handoff does not end");
                MoveKeys();
            }

            CheckOwners();
            Assert.All(Letters, key => Assert.NotNull(OwnerOf(key)));
            CheckNotes();
        }

        private void OpenSession()
        {
            ShardReplica group = Any(_groups);
            _sessions.Add((group.Open(++_nonce), 1));
            if (_sessions.Count > 6)
            {
                _sessions.RemoveAt(_random.Next(_sessions.Count - 2));
            }
        }

        private void SendNew()
        {
            int chosen = _sessions.Count - 1 - _random.Next(Math.Min(_sessions.Count, 4));
            (SessionId session, ulong next) = _sessions[chosen];
            _sessions[chosen] = (session, next + 1);
            string key = Any(Letters);
            _keys.Add(++_operation, key);
            _bag.Add(new Command(_operation, key, session, next));
        }

        /// <summary>A message arrives somewhere; it may arrive again later.</summary>
        private void Deliver()
        {
            if (_bag.Count == 0)
            {
                return;
            }

            // Mostly what was sent lately; what is older comes back now and then.
            int chosen = _random.Next(4) == 0 ? _random.Next(_bag.Count) : _bag.Count - 1 - _random.Next(Math.Min(_bag.Count, 12));
            Command command = _bag[chosen];
            ShardReplica group = _random.Next(3) > 0 && OwnerOf(command.Key) is { } owner ? owner : Any(_groups);
            Told told = group.Note(command.Key, command.Operation, command.Session, command.Sequence, CompletedThrough(command.Session));
            bool isOver = false;
            switch (told.Status)
            {
                case CommandStatus.Applied when _first.TryGetValue(command.Operation, out Told? first):
                    Assert.Equal((first.Place, first.Text), (told.Place, told.Text));
                    isOver = true;
                    break;
                case CommandStatus.Applied:
                    _first.Add(command.Operation, told);
                    break;
                case CommandStatus.SessionExpired:
                    isOver = _random.Next(2) == 0;
                    break;
                default:
                    Assert.True(told.Status is CommandStatus.WrongShard or CommandStatus.SessionWindowFull, told.Status.ToString());
                    break;
            }

            if (isOver && _random.Next(2) == 0)
            {
                _bag.RemoveAt(chosen);
            }
        }

        /// <summary>The client has an answer to everything below its first open command.</summary>
        private ulong CompletedThrough(SessionId session)
        {
            ulong open = _bag.Where(command => command.Session == session && !_first.ContainsKey(command.Operation)).Select(command => command.Sequence).DefaultIfEmpty(1ul).Min();

            // Late repetitions still arrive; the client has their answers and promises not to ask.
            return _random.Next(3) == 0 ? open - 1 : 0;
        }

        private void MoveKeys()
        {
            if (_moving is not { } moving)
            {
                Begin();
                return;
            }

            (HandOut order, ShardReplica giver, ShardReplica taker) = moving;
            byte[] parcel = giver.Parcel(order);
            long known = taker.Ownership.Incoming is { } incoming && incoming.Id == order.Id ? incoming.ReceivedBytes : 0;
            long offset = _random.Next(4) == 0 ? _random.Next(parcel.Length) : known;
            int length = (int)Math.Min(_random.Next(1, 1 + parcel.Length / 2), parcel.Length - offset);
            byte[] piece = parcel.AsSpan((int)offset, length).ToArray();
            if (_random.Next(12) == 0)
            {
                piece[_random.Next(piece.Length)] ^= 4;
            }

            if (taker.TakeIn(giver.Carry(order, offset), piece).Handoff.IsOwned)
            {
                Assert.False(giver.Release(order.Id.Value).Handoff.IsRefused);
                Handoffs++;
                _moving = null;
                CheckNotes();
            }
        }

        /// <summary>Any owner gives an end of its range, or all of it, to a group that owns nothing or a neighbour.</summary>
        private void Begin()
        {
            ShardReplica giver = Any([.. _groups.Where(group => group.Ownership.Owned is not null)]);
            ShardReplica taker = Any([.. _groups.Where(group => group != giver)]);
            KeyRange owned = giver.Ownership.Owned!.Value;
            KeyPoint at = KeyPoint.Of(_kind, SpaceKey.OfText(Any(Letters)));
            KeyRange? range = _random.Next(3) switch
            {
                0 => owned,
                1 => KeyRange.TryCreate(owned.From, at),
                _ => KeyRange.TryCreate(at, owned.To),
            };
            bool fits = range is { } part && owned.TryCutOff(part, out _)
                && (taker.Ownership.Owned is not { } there || there.TryJoin(part) is not null);
            if (!fits)
            {
                return;
            }

            HandOut order = giver.Order(++_handoff, range!.Value, taker, ++_version);
            Assert.False(giver.HandOut(order).Handoff.IsRefused);
            Assert.False(giver.HandOut(order).Handoff.IsRefused);
            _moving = (order, giver, taker);
        }

        private ShardReplica? OwnerOf(string key) =>
            _groups.SingleOrDefault(group => group.Ownership.Owns(System.Text.Encoding.UTF8.GetBytes(key)));

        private void CheckOwners()
        {
            foreach (string key in Letters)
            {
                bool isOwned = OwnerOf(key) is not null;
                bool isMoving = _moving is { } moving && moving.Order.Range.Contains(_kind, System.Text.Encoding.UTF8.GetBytes(key));
                Assert.True(isOwned != isMoving, $"'{key}' is {(isOwned ? "owned and on its way" : "lost")}");
            }
        }

        /// <summary>Each operation stands once under its key or not at all; each acknowledged one does.</summary>
        private void CheckNotes()
        {
            var seen = new HashSet<int>();
            foreach (string key in Letters)
            {
                if (OwnerOf(key) is not { } owner)
                {
                    continue;
                }

                string notes = owner.Ask(key).Answer;
                foreach (string note in notes.Split(',', StringSplitOptions.RemoveEmptyEntries))
                {
                    int operation = int.Parse(note, CultureInfo.InvariantCulture);
                    Assert.Equal(key, _keys[operation]);
                    Assert.True(seen.Add(operation), $"operation {operation} took effect twice");
                }
            }

            if (_moving is null)
            {
                Assert.All(_first.Keys, operation => Assert.Contains(operation, seen));
            }
        }

        private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
    }

    private sealed record Command(int Operation, string Key, SessionId Session, ulong Sequence);
}
