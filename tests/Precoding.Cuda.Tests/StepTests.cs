using System.Reflection;
using System.Runtime.ExceptionServices;
using NUnit.Framework;
using Precoding.Conformance.Tests;
using Precoding.Testing;

namespace Precoding.Cuda.Tests;

/// <summary>The conformance tests of the common, the reduced, the uplink and the stream steps, on the test driver, for two shapes: with the sizes of groups that GPUs get.</summary>
public sealed class StepTests
{
    private static readonly (ProblemShape Shape, Precision Precision)[] Runs = [(new(3, 2, 5, 7), Precision.Double), (new(1, 2, 40, 33), Precision.Single)];

    /// <summary>Within a group of streams, padded and with a settled realization; and beyond one.</summary>
    private static readonly StreamShape[] StreamShapes =
    [
        new("odd", 3, 2, 13, 3, 3, (r, l, k) => (r + l + k) % 3),
        new("users", 2, 2, 37, 35, 1, (_, l, k) => (l + k) % 2),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from method in MethodsOf([typeof(CommonOpsTests), typeof(ReducedOpsTests), typeof(UplinkOpsTests)], [typeof(ProblemShape)])
        from run in Runs
        select CaseOf(method, run.Precision, run.Shape);

    private static IEnumerable<TestCaseData> StreamCases =>
        from method in MethodsOf([typeof(StreamOpsTests), typeof(StreamSearchOpsTests)], [typeof(StreamShape), typeof(bool)])
        from precision in IsForDouble(method) ? (Precision[])[Precision.Double] : [Precision.Double, Precision.Single]
        from shape in Takes(method, typeof(StreamShape)) ? StreamShapes : [StreamShapes[0]]
        from isJoint in Takes(method, typeof(bool)) ? (bool[])[false, true] : [false]
        select CaseOf(method, precision, shape, isJoint);

    [TestCaseSource(nameof(Cases))]
    [TestCaseSource(nameof(StreamCases))]
    public void StepsMatchTheReference(MethodInfo test, object[] arguments)
    {
        long faults = TestDriver.Now.Faults;
        try
        {
            test.Invoke(Activator.CreateInstance(test.DeclaringType!), arguments);
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
        }

        Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
    }

    /// <summary>Tests of an engine, and of nothing else but what is named.</summary>
    private static IEnumerable<MethodInfo> MethodsOf(Type[] types, Type[] others) =>
        from type in types
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let parameters = method.GetParameters()
        where parameters.Length > 0 && parameters[0].ParameterType == typeof(EngineUnderTest) && parameters.Skip(1).All(p => others.Contains(p.ParameterType))
        select method;

    private static bool Takes(MethodInfo method, Type type) => method.GetParameters().Any(p => p.ParameterType == type);

    private static bool IsForDouble(MethodInfo method) => method.GetCustomAttributes<TestCaseSourceAttribute>().Any(source => source.SourceName == "DoubleCases");

    private static TestCaseData CaseOf(MethodInfo method, Precision precision, params object[] values)
    {
        object[] others = [.. method.GetParameters().Skip(1).Select(p => values.Single(p.ParameterType.IsInstanceOfType))];
        return new TestCaseData(method, (object[])[EngineUnderTest.Cuda(precision), .. others]).SetArgDisplayNames([method.Name, precision.ToString(), .. others.Select(value => value.ToString()!)]);
    }
}
