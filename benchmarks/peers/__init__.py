"""What a user would pick instead of this project, written as such users write it."""
