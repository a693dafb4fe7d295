using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;

namespace ActorPhysics.Core.Tests.FailureModels;

[Trait("Seed", "5.3")]
public sealed class FailureModelTests
{
    [Fact]
    public void A_restarted_replica_is_refused_under_its_old_identity_in_crash_stop_alone()
    {
        ReplicaRun first = default(ReplicaRun).Next;

        Assert.True(CrashStop.Instance.Admits(first));
        Assert.False(CrashStop.Instance.Admits(first.Next));
        Assert.True(CrashRecovery.Instance.Admits(first.Next));
        Assert.True(new Byzantine(1).Admits(first.Next));
    }

    [Fact]
    public void Acknowledgements_are_durable_unless_nobody_ever_comes_back()
    {
        Assert.Equal(AcknowledgementMeaning.Appended, CrashStop.Instance.Acknowledgement);
        Assert.Equal(AcknowledgementMeaning.Durable, CrashRecovery.Instance.Acknowledgement);
        Assert.Equal(AcknowledgementMeaning.Durable, new Byzantine(2).Acknowledgement);
    }

    [Fact]
    public void A_Byzantine_model_without_faults_is_none()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Byzantine(0));
        Assert.Equal(2, new Byzantine(2).ByzantineFaults);
        Assert.Equal(0, CrashRecovery.Instance.ByzantineFaults);
    }
}
