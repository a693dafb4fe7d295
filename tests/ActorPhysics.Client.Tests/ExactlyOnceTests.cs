using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

/// <summary>Everything that can go wrong between a client and its cluster, at once, from a seed.</summary>
public class ExactlyOnceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Pitfall", "40")]
    public async Task Every_command_is_applied_once_and_every_caller_gets_its_own_first_result(int seed)
    {
        const int Callers = 24;
        const int CommandsEach = 25;
        await using var cluster = new FakeCluster { Window = 16 };
        var trouble = new Trouble(cluster, seed);
        cluster.Intercept = trouble.Strikes;
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { RandomSeed = seed, AttemptTimeout = TimeSpan.FromMilliseconds(300), MaxOverloadRetries = 1000 });

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(CallAsync)).Soon();

        Assert.Equal(Callers * CommandsEach, cluster.Log.Count);
        Assert.Equal(Callers * CommandsEach, cluster.Log.Distinct().Count());
        Assert.True(trouble.Count > 100, $"only {trouble.Count} troubles");

        async Task CallAsync(int caller)
        {
            for (int i = 0; i < CommandsEach; i++)
            {
                string command = $"{caller}.{i}";
                string result = (await client.WriteText(command, TimeSpan.FromMinutes(1))).Text();
                string[] parts = result.Split('=');
                Assert.Equal(command, parts[0]);
                Assert.Equal(command, cluster.Log[int.Parse(parts[1], null) - 1]);
                if (i % 5 == 0)
                {
                    await client.ReadText("k", i % 2 == 0 ? ReadLevel.Strong : ReadLevel.Follower);
                }
            }
        }
    }

    private sealed class Trouble(FakeCluster cluster, int seed)
    {
        private readonly Random _random = new(seed);

        public int Count { get; private set; }

        public bool Strikes(FakeCall call)
        {
            if (_random.Next(4) != 0 || call.Kind == RequestKind.Status)
            {
                return false;
            }

            Count++;
            bool isOfLeader = call.Node == cluster.Leader;
            switch (_random.Next(9))
            {
                case 0:
                    call.Drop();
                    break;
                case 1 when isOfLeader && call.Kind == RequestKind.Command:
                    cluster.Apply(call);
                    call.Drop();
                    break;
                case 2 when isOfLeader && call.Kind == RequestKind.Command:
                    cluster.Apply(call);
                    call.Answer(ResponseOutcome.Unknown);
                    break;
                case 3:
                    call.Answer(ResponseOutcome.Overloaded, retryAfterMs: 1);
                    break;
                case 4:
                    cluster.Elect(cluster.Nodes[_random.Next(3)]);
                    cluster.Serve(call);
                    break;
                case 5:
                    cluster.AnswerNotLeader(call, cluster.Nodes[_random.Next(3)]);
                    break;
                case 6:
                    cluster.Serve(call);
                    cluster.Serve(call);
                    break;
                case 7:
                    call.AnswerGarbage();
                    break;
                default:
                    call.Answer(ResponseOutcome.Unavailable);
                    break;
            }

            return true;
        }
    }
}
