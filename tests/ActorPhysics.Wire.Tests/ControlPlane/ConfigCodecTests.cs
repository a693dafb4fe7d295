using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.ControlPlane;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.ControlPlane;

[Trait("Seed", "5.1")]
public class ConfigCodecTests
{
    private const int Rounds = 6_000;
    private const int Readers = 5;

    [Fact]
    public void Every_command_survives_in_every_field()
    {
        foreach (ConfigCommand command in ConfigSamples.Commands)
        {
            byte[] bytes = ConfigCodec.Encode(command);
            Assert.True(ConfigCodec.TryRead(bytes, out ConfigCommand? back, out string? refusal), $"{command}: {refusal}");
            Assert.Equal(Structure.Of(command), Structure.Of(back));
            Assert.Equal(bytes, ConfigCodec.Encode(back));
        }
    }

    [Fact]
    public void Every_result_survives_in_every_field()
    {
        foreach (ConfigResult result in ConfigSamples.Results)
        {
            Assert.True(ConfigCodec.TryRead(ConfigCodec.Encode(result), out ConfigResult? back, out string? refusal), refusal);
            Assert.Equal(result, back);
        }
    }

    [Fact]
    public void Every_query_survives_in_every_field()
    {
        foreach (ConfigQuery query in ConfigSamples.Queries)
        {
            Assert.True(ConfigCodec.TryRead(ConfigCodec.Encode(query), out ConfigQuery? back, out string? refusal), refusal);
            Assert.Equal(query, back);
        }
    }

    [Fact]
    public void Every_answer_survives_in_every_field()
    {
        foreach (ConfigAnswer answer in ConfigSamples.Answers)
        {
            byte[] bytes = ConfigCodec.Encode(answer);
            Assert.True(ConfigCodec.TryRead(bytes, out ConfigAnswer? back, out string? refusal), $"{answer}: {refusal}");
            Assert.Equal(Structure.Of(answer), Structure.Of(back));
            Assert.Equal(bytes, ConfigCodec.Encode(back));
        }
    }

    [Fact]
    public void Snapshot_survives_in_every_field()
    {
        foreach (ConfigParts parts in new[] { ConfigSamples.Parts, new ConfigParts() })
        {
            byte[] bytes = ConfigCodec.Encode(parts);
            Assert.True(ConfigCodec.TryRead(bytes, out ConfigParts? back, out string? refusal), refusal);
            Assert.Equal(Structure.Of(parts), Structure.Of(back));
            Assert.Equal(bytes, ConfigCodec.Encode(back));
        }
    }

    [Fact]
    public void Every_case_of_the_closed_hierarchies_is_tested_under_a_field_of_its_own()
    {
        AllSubtypes(ConfigSamples.Commands, bytes => Protos.Config.ConfigCommand.Parser.ParseFrom(bytes).CommandCase, ConfigCodec.Encode);
        AllSubtypes(ConfigSamples.Queries, bytes => Protos.Config.ConfigQuery.Parser.ParseFrom(bytes).QueryCase, ConfigCodec.Encode);
        AllSubtypes(ConfigSamples.Answers, bytes => Protos.Config.ConfigAnswer.Parser.ParseFrom(bytes).AnswerCase, ConfigCodec.Encode);
        AllSubtypes(
            ConfigSamples.Moves,
            bytes => Protos.Config.ConfigCommand.Parser.ParseFrom(bytes).BeginMove.Move.MoveCase,
            move => ConfigCodec.Encode(new BeginMove(move, ByOperator: false)));
    }

    [Fact]
    public void Enumerations_have_the_numbers_of_the_schema()
    {
        SameMembers<ConfigOutcome, Protos.Config.ConfigResult.Types.Outcome>();
        SameMembers<SpaceStage, Protos.Config.SpaceStage>();
        SameMembers<GroupStage, Protos.Config.GroupStage>();
        SameMembers<HandoffStage, Protos.Config.HandoffStage>();
        SameMembers<PlacementReason, Protos.Config.PlacementReason>();
        SameMembers<MemberRole, Protos.GroupConfiguration.Types.Member.Types.Role>();
    }

    [Fact]
    public void Shard_map_of_another_kind_than_its_space_is_refused_in_a_snapshot()
    {
        Assert.Null(RefusalOfParts(_ => { }));
        Assert.NotNull(RefusalOfParts(parts => (parts.Spaces[0].Map, parts.Spaces[1].Map) = (parts.Spaces[1].Map, parts.Spaces[0].Map)));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Settings.Sharding = Protos.Sharding.Ordered));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Space = 9));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Map.Shards.RemoveAt(0)));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Settings = null));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Map = null));
    }

    [Fact]
    public void Group_that_is_two_groups_is_refused_in_a_snapshot()
    {
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Configuration = parts.Groups[1].Configuration));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Configuration.Scope.Group++));
        Assert.Null(RefusalOfParts(parts => parts.Groups[0].Configuration.Scope.Incarnation++));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[2].Move.Move.Group++));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[2].Move.Id = 0));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Charter = null));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Charter.Machine = ""));
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Configuration = null));
    }

    [Fact]
    [Trait("Pitfall", "46")]
    public void Handoff_without_what_its_stage_needs_is_refused()
    {
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Stage = Protos.Config.HandoffStage.Carrying));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[1].Stage = Protos.Config.HandoffStage.Freezing));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[1].Freeze.At = null));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[1].Freeze.Proof = ByteString.Empty));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[1].Freeze.LengthBytes = ulong.MaxValue));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Range = null));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Taker = parts.Handoffs[0].Giver));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].TakerShard = parts.Handoffs[0].GiverShard));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Id = 0));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Version = 0));
    }

    [Fact]
    public void Command_that_names_nothing_or_holds_nonsense_is_refused()
    {
        Refused(new() { RemoveNode = new() });
        Refused(new() { NoteServing = new() });
        Refused(new() { PublishHandoff = new() });
        Refused(new() { MergeShards = new() { Space = "accounts" } });
        Refused(new() { DeleteSpace = new() { Name = new string('a', ConfigReading.MostTextCharacters + 1) } });
        Refused(new() { RegisterNode = new() { Node = 1, Name = "n1", Address = "a:1", Weight = uint.MaxValue } });
        Refused(new() { CreateSpace = new() });
        Refused(new() { CreateSpace = new() { Settings = new() { Name = "UPPER", Specification = "kv" } } });
        Refused(new() { SplitShard = new() { Space = "accounts", Shard = 1, At = new() } });
        Refused(new() { BeginMove = new() });
        Refused(new() { NoteFrozen = new() { Handoff = 1 } });
        Refused(new() { NoteConfiguration = new() });
        Assert.False(ConfigCodec.TryRead([255, 255, 255], out ConfigCommand? _, out _));
        Assert.False(ConfigCodec.TryRead(new byte[ConfigCodec.MaxCommandBytes + 1], out ConfigCommand? _, out string? refusal));
        Assert.Contains("allowed", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_that_is_not_of_the_answered_space_is_refused()
    {
        Protos.Config.ConfigAnswer message = Protos.Config.ConfigAnswer.Parser.ParseFrom(
            ConfigCodec.Encode(ConfigSamples.Answers.OfType<SpaceAnswer>().Single(answer => answer.Map is not null)));
        foreach (Action<Protos.Config.SpaceAnswer> change in new Action<Protos.Config.SpaceAnswer>[]
        {
            answer => answer.Summary = null, answer => answer.Map.Space++, answer => answer.Map.Version++, answer => answer.Map.Shards.Clear(),
        })
        {
            Protos.Config.ConfigAnswer changed = message.Clone();
            change(changed.SpaceAnswer);
            Assert.False(ConfigCodec.TryRead(changed.ToByteArray(), out ConfigAnswer? _, out string? refusal));
            Assert.NotEmpty(refusal);
        }
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Case_of_a_newer_version_and_an_empty_message_are_refused()
    {
        byte[] newer = [0xFA, 0x07, 0x00];
        foreach (byte[] bytes in new[] { newer, [] })
        {
            Assert.False(ConfigCodec.TryRead(bytes, out ConfigCommand? _, out string? command));
            Assert.Contains("unknown to this version", command, StringComparison.Ordinal);
            Assert.False(ConfigCodec.TryRead(bytes, out ConfigQuery? _, out string? query));
            Assert.Contains("unknown to this version", query, StringComparison.Ordinal);
            Assert.False(ConfigCodec.TryRead(bytes, out ConfigAnswer? _, out string? answer));
            Assert.Contains("unknown to this version", answer, StringComparison.Ordinal);
        }

        Assert.False(ConfigCodec.TryRead(new Protos.Config.ConfigResult { Outcome = (Protos.Config.ConfigResult.Types.Outcome)9 }.ToByteArray(), out ConfigResult? _, out _));
        Refused(new() { BeginMove = new() { Move = new() { Group = 5, Reason = (Protos.Config.PlacementReason)99, RemoveReplica = new() { From = 1 } } } });
        Refused(new() { BeginMove = new() { Move = new() { Group = 5, AddReplica = new() { To = 1, Role = (Protos.GroupConfiguration.Types.Member.Types.Role)9 } } } });
        Refused(new() { BeginMove = new() { Move = new() { Group = 5 } } });
        Assert.NotNull(RefusalOfParts(parts => parts.Groups[0].Stage = (Protos.Config.GroupStage)9));
        Assert.NotNull(RefusalOfParts(parts => parts.Spaces[0].Stage = (Protos.Config.SpaceStage)9));
        Assert.NotNull(RefusalOfParts(parts => parts.Handoffs[0].Stage = (Protos.Config.HandoffStage)9));
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Field_of_a_newer_version_makes_a_command_and_a_snapshot_unreadable_but_not_an_answer()
    {
        // A known command whose own message has field 1000, a varint, at its end.
        byte[] newer = [0x1A, 0x05, 0x08, 0x07, 0xC0, 0x3E, 0x01];
        Assert.Equal(7ul, Protos.Config.ConfigCommand.Parser.ParseFrom(newer).RemoveNode.Node);
        Assert.False(ConfigCodec.TryRead(newer, out ConfigCommand? _, out string? refusal));
        Assert.Contains("unknown to this version", refusal, StringComparison.Ordinal);

        byte[] field = [0xC0, 0x3E, 0x01];
        Assert.False(ConfigCodec.TryRead([.. ConfigCodec.Encode(ConfigSamples.Parts), .. field], out ConfigParts? _, out _));
        Assert.False(ConfigCodec.TryRead([.. ConfigCodec.Encode(new AskNodes()), .. field], out ConfigQuery? _, out _));
        Assert.True(ConfigCodec.TryRead([.. ConfigCodec.Encode(ConfigResult.Began(4)), .. field], out ConfigResult? result, out _));
        Assert.Equal(ConfigResult.Began(4), result);
        Assert.True(ConfigCodec.TryRead([.. ConfigCodec.Encode(new HandoffsAnswer([])), .. field], out ConfigAnswer? _, out _));
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_as_something_whole_but_never_throw()
    {
        var values = new RandomValues(11);
        List<byte[]> sound = [.. ConfigSamples.Commands.Select(ConfigCodec.Encode), .. ConfigSamples.Answers.Select(ConfigCodec.Encode), ConfigCodec.Encode(ConfigSamples.Parts)];
        sound.AddRange([.. ConfigSamples.Queries.Select(ConfigCodec.Encode), .. ConfigSamples.Results.Select(ConfigCodec.Encode)]);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Damage(sound[(int)values.Below((ulong)sound.Count)], values);
            refused += ReadEverything(bytes);
        }

        // Bytes of one kind are seldom those of another, and some damage leaves a message whole.
        Assert.InRange(refused, Rounds, Readers * Rounds - 1);
    }

    private static byte[] Damage(byte[] sound, RandomValues values)
    {
        byte[] bytes = [.. sound];
        for (ulong flips = values.Below(4); flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[values.Below((ulong)bytes.Length)] = values.Coin() ? (byte)values.Below(256) : (byte)(bytes[values.Below((ulong)bytes.Length)] ^ 1);
        }

        int cut = (int)values.Below((ulong)bytes.Length + 1);
        return values.Below(4) switch
        {
            0 => bytes[..cut],
            1 => [.. bytes[..cut], .. values.Bytes(8), .. bytes[cut..]],
            2 => [.. bytes, .. bytes[cut..]],
            _ => bytes,
        };
    }

    /// <summary>How many of the five readers refuse; what one of them reads must survive being written again.</summary>
    private static int ReadEverything(byte[] bytes)
    {
        int refused = 0;
        refused += ConfigCodec.TryRead(bytes, out ConfigCommand? command, out string? refusal) ? Again(ConfigCodec.TryRead(ConfigCodec.Encode(command), out ConfigCommand? _, out _)) : Reason(refusal);
        refused += ConfigCodec.TryRead(bytes, out ConfigResult? result, out refusal) ? Again(ConfigCodec.TryRead(ConfigCodec.Encode(result), out ConfigResult? _, out _)) : Reason(refusal);
        refused += ConfigCodec.TryRead(bytes, out ConfigQuery? query, out refusal) ? Again(ConfigCodec.TryRead(ConfigCodec.Encode(query), out ConfigQuery? _, out _)) : Reason(refusal);
        refused += ConfigCodec.TryRead(bytes, out ConfigAnswer? answer, out refusal) ? Again(ConfigCodec.TryRead(ConfigCodec.Encode(answer), out ConfigAnswer? _, out _)) : Reason(refusal);
        refused += ConfigCodec.TryRead(bytes, out ConfigParts? parts, out refusal) ? Again(ConfigCodec.TryRead(ConfigCodec.Encode(parts), out ConfigParts? _, out _)) : Reason(refusal);
        return refused;
    }

    private static int Again(bool isRead)
    {
        Assert.True(isRead, "what was read cannot be read again");
        return 0;
    }

    private static int Reason(string? refusal)
    {
        Assert.False(string.IsNullOrEmpty(refusal));
        return 1;
    }

    private static void AllSubtypes<T, TCase>(IEnumerable<T> samples, Func<byte[], TCase> caseOf, Func<T, byte[]> encode)
        where T : class
        where TCase : struct, Enum
    {
        foreach (T sample in samples)
        {
            Assert.Equal(sample.GetType().Name, caseOf(encode(sample)).ToString());
        }

        string[] tested = [.. samples.Select(sample => sample.GetType().Name).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Fabricator.SealedSubtypes(typeof(T)).Select(type => type.Name), tested);
        Assert.Equal(Enum.GetNames<TCase>().Where(name => name != "None").Order(StringComparer.Ordinal), tested);
    }

    private static void SameMembers<T, TMessage>()
        where T : struct, Enum
        where TMessage : struct, Enum =>
        Assert.Equal(
            Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToInt32(value, null))),
            Enum.GetValues<TMessage>().Select(value => (value.ToString(), Convert.ToInt32(value, null))));

    private static void Refused(Protos.Config.ConfigCommand message)
    {
        Assert.False(ConfigCodec.TryRead(message.ToByteArray(), out ConfigCommand? _, out string? refusal), message.ToString());
        Assert.NotEmpty(refusal);
    }

    private static string? RefusalOfParts(Action<Protos.Config.ConfigParts> change)
    {
        Protos.Config.ConfigParts message = Protos.Config.ConfigParts.Parser.ParseFrom(ConfigCodec.Encode(ConfigSamples.Parts));
        change(message);
        return ConfigCodec.TryRead(message.ToByteArray(), out ConfigParts? _, out string? refusal) ? null : refusal;
    }
}
