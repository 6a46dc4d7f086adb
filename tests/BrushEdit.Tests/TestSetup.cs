using System.Runtime.CompilerServices;
using BrushEdit.Linking;

// Seeds and native memory belong to the whole process: tests that fix or measure them would disturb one another side by side.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace BrushEdit.Tests;

internal static class TestSetup
{
    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Register();
}
