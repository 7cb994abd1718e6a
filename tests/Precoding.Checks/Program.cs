using Microsoft.Testing.Platform.Builder;
using NUnit.VisualStudio.TestAdapter.TestingPlatformAdapter;
using Precoding.Conformance.Tests;
using Precoding.Gpu.Tests;

// The suites that concern devices, for machines without an SDK: eng/bundle packs this program.
if (args is not ["conformance" or "gpu", ..])
{
    Console.Error.WriteLine("Usage: Precoding.Checks conformance|gpu [--filter \"Name~cuda\"] [--list-tests] [other options of Microsoft.Testing.Platform]");
    return 2;
}

Type suite = args[0] == "gpu" ? typeof(CudaEnumerationTests) : typeof(RobustnessTests);
ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(args[1..]);
builder.AddNUnit(() => [suite.Assembly]);
using ITestApplication application = await builder.BuildAsync();
return await application.RunAsync();
