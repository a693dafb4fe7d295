using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Wire.Machines;
using static ActorPhysics.Core.Specifications.CasRegisterSpecification;

namespace ActorPhysics.Actors.Tests.StateMachines;

public sealed class RegisterMachineTests
{
    [Fact]
    [Trait("Seed", "1.1")]
    public void The_machine_refines_its_sequential_specification_through_restores()
    {
        var random = new Random(1);
        var register = new MachineDriver("register");
        State state = CasRegisterSpecification.Instance.Initial;
        for (int step = 0; step < 2_000; step++)
        {
            string value = new('v', random.Next(3));
            Operation operation = random.Next(3) switch
            {
                0 => new Read(),
                1 when random.Next(10) == 0 => new Write(value),
                _ => new CompareAndSet(random.Next(4) == 0 ? null : value, new string('v', random.Next(3))),
            };
            (state, Result expected) = CasRegisterSpecification.Instance.Apply(state, operation);
            Assert.Equal(expected, Told(register.Apply(Encode(operation)).Result));
            Assert.Equal(state.Value, Told(register.Query(RegisterCommands.Read()).Answer).Value);
            register = random.Next(20) == 0 ? register.Restored(register.CapturedBytes()) : register;
        }
    }

    [Fact]
    public void A_capture_keeps_the_value_of_its_moment()
    {
        var register = new MachineDriver("register");
        register.Apply(RegisterCommands.Write("before"u8));
        using IStateCapture capture = register.Capture();
        register.Apply(RegisterCommands.Write("after"u8));
        MachineDriver restored = register.Restored(MachineDriver.BytesOf(capture));
        Assert.Equal("before", Told(restored.Query(RegisterCommands.Read()).Answer).Value);
    }

    [Fact]
    public void What_is_no_request_or_no_snapshot_is_refused()
    {
        var register = new MachineDriver("register");
        Assert.Equal("A register request has exactly one operation.", register.RefusalOf([]));
        Assert.Equal("The register request names an unknown operation.", register.RefusalOf([0x7A, 0x00]));
        Assert.Equal("The register request is malformed.", register.RefusalOf([0x0A, 0x05]));
        Assert.Equal(MachineOutcome.Refused, register.Query(RegisterCommands.Write("v"u8)).Outcome);
        Assert.Throws<InvalidDataException>(() => register.Restored([]));
        Assert.Throws<InvalidDataException>(() => register.Restored([2, .. new byte[12]]));
        Assert.Throws<InvalidDataException>(() => register.Restored([0, .. new byte[13]]));
        Assert.Throws<InvalidDataException>(() => register.Restored([1, .. new byte[13 + RegisterRequest.MaxValueBytes]]));
    }

    private static byte[] Encode(Operation operation) => operation switch
    {
        Read => RegisterCommands.Read(),
        Write write => RegisterCommands.Write(Encoding.UTF8.GetBytes(write.Value)),
        CompareAndSet { Expected: null } set => RegisterCommands.CompareAbsentAndSet(Encoding.UTF8.GetBytes(set.Value)),
        CompareAndSet set => RegisterCommands.CompareAndSet(Encoding.UTF8.GetBytes(set.Expected), Encoding.UTF8.GetBytes(set.Value)),
        _ => throw new ArgumentException($"{operation} has no encoding.", nameof(operation)),
    };

    private static Result Told(byte[] encoded)
    {
        RegisterResult result = Assert.IsType<RegisterResult>(RegisterResult.Read(encoded));
        return new Result(result.Outcome != RegisterOutcome.Mismatch, result.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null);
    }
}
