using System.Diagnostics;
using BrushEdit.Caching;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Inpainting;
using BrushEdit.Synthesizing;
using TorchSharp;

namespace BrushEdit.Bench;

/// <summary>Runs many edits in one process and prints the memory and the live tensors that remain.</summary>
internal static class MemoryCommand
{
    /// <summary>Measures and prints.</summary>
    /// <param name="options">The command's options.</param>
    public static void Run(BenchOptions options)
    {
        int count = options.Count("count");
        using ModelPool pool = new();
        InpaintModel model = options.Open(pool);
        InpaintPipeline pipeline = new(model);
        InpaintSettings settings = options.Settings();
        Console.WriteLine($"{model.Name}, {model.NativeSide} x {model.NativeSide}, {model.Device}; {count} edits of {settings.Steps} steps");
        Console.WriteLine();
        Console.WriteLine("| edits | resident, MiB | managed heap, MiB | live tensors |");
        Console.WriteLine("|---|---|---|---|");
        for (int done = 0; done <= count; done++)
        {
            // The first edit loads the networks; only growth after it counts.
            if (done <= 1 || done % Math.Max(1, count / 10) == 0)
            {
                Print(done);
            }

            if (done < count)
            {
                ToyScene scene = ToyScene.Draw((ulong)done, new ToySceneOptions { Width = model.NativeSide, Height = model.NativeSide });
                SceneEdit edit = scene.Edit(done % 2 == 0 ? SceneEditForm.Remove : SceneEditForm.Add, (ulong)done);
                pipeline.Fill(
                    Picture.FromRgb(scene.Rgb, scene.Width, scene.Height),
                    Mask.FromValues(edit.Mask, scene.Width, scene.Height),
                    settings with { Caption = edit.CaptionAfter, Seed = done });
            }
        }
    }

    private static void Print(int done)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(
            $"| {done} | {self.WorkingSet64 / 1048576.0:0.0} | {GC.GetTotalMemory(false) / 1048576.0:0.0} | {DisposeScopeManager.Statistics.ThreadTotalLiveCount} |");
    }
}
