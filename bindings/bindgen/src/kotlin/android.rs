//! Removes the one AndroidX annotation, which would make AndroidX a dependency. The code beside the
//! annotation checks the API level itself.

use crate::source::PatchError;

pub(super) fn without_androidx(generated: &str) -> Result<String, PatchError> {
    let annotation =
        |line: &&str| line.starts_with("@RequiresApi(") || *line == "import androidx.annotation.RequiresApi";
    let dropped = generated.lines().filter(annotation).count();
    let kept: Vec<&str> = generated.lines().filter(|line| !annotation(line)).collect();
    let text = kept.join("\n") + "\n";
    if dropped == 0 || text.contains("androidx") || !text.contains("android.system.SystemCleaner") {
        return Err(PatchError::new("Android cleaner of the known form"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_cleaner_is_accepted() {
        let known = "import androidx.annotation.RequiresApi\n@RequiresApi(34)\n\
            val it = android.system.SystemCleaner.cleaner()\n";
        assert_eq!(without_androidx(known).unwrap(), "val it = android.system.SystemCleaner.cleaner()\n");
        assert!(without_androidx("val it = java.lang.ref.Cleaner.create()\n").is_err());
        assert!(without_androidx(&format!("{known}import androidx.core.Other\n")).is_err());
    }
}
