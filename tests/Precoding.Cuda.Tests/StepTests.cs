using System.Reflection;
using System.Runtime.ExceptionServices;
using NUnit.Framework;
using Precoding.Conformance.Tests;
using Precoding.Testing;

namespace Precoding.Cuda.Tests;

/// <summary>The conformance tests of the common and the reduced steps, on the test driver, for two shapes.</summary>
public sealed class StepTests
{
    private static readonly (ProblemShape Shape, Precision Precision)[] Runs = [(new(3, 2, 5, 7), Precision.Double), (new(1, 2, 40, 33), Precision.Single)];

    private static IEnumerable<TestCaseData> Cases =>
        from type in (Type[])[typeof(CommonOpsTests), typeof(ReducedOpsTests)]
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let parameters = method.GetParameters()
        where parameters.Length is 1 or 2 && parameters[0].ParameterType == typeof(EngineUnderTest) && parameters.All(p => p.ParameterType == typeof(EngineUnderTest) || p.ParameterType == typeof(ProblemShape))
        from run in Runs
        select new TestCaseData(method, EngineUnderTest.Cuda(run.Precision), run.Shape).SetArgDisplayNames(method.Name, run.Precision.ToString(), run.Shape.ToString());

    [TestCaseSource(nameof(Cases))]
    public void StepsMatchTheReference(MethodInfo test, EngineUnderTest engine, ProblemShape shape)
    {
        long faults = TestDriver.Now.Faults;
        try
        {
            test.Invoke(Activator.CreateInstance(test.DeclaringType!), test.GetParameters().Length == 1 ? [engine] : [engine, shape]);
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
        }

        Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
    }
}
